import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import { appIdentity } from '../../src/localhost/app-environment.js';
import { LocalRig, tally } from './local-rig.js';
import { RawShare } from './raw-share.js';

/** The local rig as the tests of Azure Files use it. */
export class FilesRig {
  readonly rig: LocalRig;

  private constructor(rig: LocalRig) {
    this.rig = rig;
  }

  static async start(settings: Parameters<typeof LocalRig.start>[0] = {}): Promise<FilesRig> {
    return new FilesRig(await LocalRig.start(settings));
  }

  stop(): Promise<void> {
    return this.rig.stop();
  }

  #account(name: string) {
    const found = this.rig.local.localJson.accounts.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no account ${name}`);
    return found;
  }

  share(account: string, name: string): Promise<RawShare> {
    return RawShare.open(this.#account(account), name);
  }

  /** URL of a place in a share, as a user writes it; `path` is percent-encoded already. */
  fileUrl(account: string, path: string): string {
    return `${this.#account(account).fileEndpoint}/${path}`;
  }

  /** What the app itself has sent to a share or container since the journal was cleared, by operation. */
  async sent(service: 'blob' | 'file', account: string, container: string): Promise<Record<string, number>> {
    return tally(await this.entries({ service, account, container }), account);
  }

  /** Requests of the app, and the cloud's own reads of sources when asked for. */
  async entries(query: Readonly<Record<string, string>>): Promise<readonly JournalEntry[]> {
    const all = { caller: appIdentity.objectId, internal: 'false', limit: '50000', ...query };
    const { entries } = await this.rig.admin('GET', `journal?${new URLSearchParams(all).toString()}`);
    return entries as readonly JournalEntry[];
  }

  /** Resolves when the cloud has seen a request of the app for this name. */
  async untilSent(query: Readonly<Record<string, string>>, count = 1): Promise<void> {
    await this.until(async () => (await this.entries(query)).length >= count, JSON.stringify(query));
  }

  /** Resolves when so many requests of the app for this name have been answered. */
  async untilDone(query: Readonly<Record<string, string>>, count = 1): Promise<void> {
    const isDone = async (): Promise<boolean> => {
      const done = (await this.entries(query)).filter(({ durationMs }) => durationMs !== undefined);
      return done.length >= count;
    };
    await this.until(isDone, JSON.stringify(query));
  }

  /** Looks until something is so; longer than two rounds of the timer that does what a job could not. */
  async until(isSo: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + 90_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`it never came to it: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Bytes of content that passed through the app to or from a share or container. */
  async bytesThrough(...containers: readonly string[]): Promise<number> {
    let sum = 0;
    for (const service of ['blob', 'file']) {
      for (const container of containers) {
        for (const entry of await this.entries({ service, container })) {
          if (['GetBlob', 'GetFile'].includes(entry.operation)) sum += entry.responseBytes;
          if (['PutBlob', 'PutBlock', 'PutRange'].includes(entry.operation)) sum += entry.requestBytes;
        }
      }
    }
    return sum;
  }
}
