import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import type { FaultRule } from '../../src/localhost/cloud/faults.js';
import type { DemoContainer } from '../../src/localhost/demo/account.js';
import type { Ended } from './foreign-process.js';
import { ForeignClients } from './foreign-clients.js';
import { LocalRig } from './local-rig.js';

/** A container on either side, with the same names for everybody. */
export interface Place {
  readonly name: string;
  readonly source: DemoContainer;
  readonly target: DemoContainer;
}

/** The local rig with foreign clients beside it, to see what either does in the same case. */
export class WitnessRig {
  readonly rig: LocalRig;
  readonly foreign: ForeignClients;

  private constructor(rig: LocalRig, foreign: ForeignClients) {
    this.rig = rig;
    this.foreign = foreign;
  }

  static async start(): Promise<WitnessRig> {
    const rig = await LocalRig.start();
    try {
      return new WitnessRig(rig, await ForeignClients.open(rig.local.localJson));
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.foreign.close();
    await this.rig.stop();
  }

  /** Makes both containers. */
  async place(name: string): Promise<Place> {
    const [source, target] = await Promise.all([
      this.rig.container('source', name),
      this.rig.container('target', name),
    ]);
    return { name, source, target };
  }

  /** AzCopy from the one account to the other, as people run it: `path` below the place on both sides. */
  azcopy(command: 'copy' | 'sync', place: string, ...flags: readonly string[]): Promise<Ended> {
    const [source, target] = [this.foreign.url('source', place), this.foreign.url('target', place)];
    const recursive = command === 'copy' ? ['--recursive'] : [];
    return this.foreign.azcopy(command, source, target, '--from-to=BlobBlob', ...recursive, ...flags);
  }

  /** The body of a job for the same. */
  job(place: string): { readonly source: string; readonly destination: string } {
    return { source: this.rig.url('source', place), destination: this.rig.url('target', place) };
  }

  /** Replaces all fault rules. */
  async faults(...rules: readonly FaultRule[]): Promise<void> {
    await this.rig.admin('DELETE', 'faults');
    if (rules.length > 0) await this.rig.admin('POST', 'faults', rules);
  }

  /** Requests of one kind at the target container of a place since the journal was cleared, those under way too. */
  async sent(place: string, operation: string): Promise<readonly JournalEntry[]> {
    const query = new URLSearchParams({ account: 'target', container: place, operation, limit: '50000' });
    const { entries } = await this.rig.admin('GET', `journal?${query.toString()}`);
    return entries as readonly JournalEntry[];
  }

  /** Resolves when so many requests of one kind have succeeded at the target container of a place. */
  async untilDone(place: string, operation: string, count: number): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const done = (await this.sent(place, operation)).filter(({ durationMs }) => durationMs !== undefined);
      if (done.length >= count) return;
      if (Date.now() > deadline) throw new Error(`only ${String(done.length)} ${operation} at ${place}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Most of these requests that were under way at one time. */
export function mostAtOnce(entries: readonly JournalEntry[]): number {
  const spans = entries.map(({ timeMs, durationMs = 0 }) => ({ from: timeMs, to: timeMs + durationMs }));
  const at = (now: number): number => spans.filter(({ from, to }) => from <= now && now < to).length;
  return Math.max(0, ...spans.map(({ from }) => at(from)));
}
