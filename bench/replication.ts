import { readFileSync } from 'node:fs';
import { appIdentity, hostAccount } from '../src/localhost/app-environment.js';
import type { JournalCount } from '../src/localhost/cloud/journal.js';
import { usageOf } from '../test/support/foreign-process.js';
import { LocalRig } from '../test/support/local-rig.js';
import { ReplicationRig, type RuleStatus } from '../test/support/replication-rig.js';

/** A stream of new small objects through the whole path: upload, event, queue, host, replicator, target. */
interface Measured {
  readonly events: number;
  /** As asked for, and as reached: from the first upload to the last arrival. */
  readonly rate: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** From the change to its arrival, as the rule's status tells it. */
  readonly lagMs: RuleStatus['lagMs'];
  readonly requestsPerEvent: RequestsPerEvent;
  readonly cpuSecondsOfHost: number;
  /** Resident memory of the host before the first event, at each quarter of the events, and at the end. */
  readonly residentMebibytes: readonly number[];
}

/** Requests of the app and its host, failed ones too. */
interface RequestsPerEvent {
  /** To read sources and write targets. */
  readonly data: number;
  readonly state: number;
  /** To take a message and to delete it; empty looks too. */
  readonly queue: number;
}

const writersAtOnce = 16;

/** Uploads `events` objects at `rate` a second, as far as the machine can, and waits until all have arrived. */
export async function measureReplication(
  settings: Readonly<Record<string, string>>,
  events: number,
  rate: number,
  say: (text: string) => void,
): Promise<{ readonly replication: Measured }> {
  const rig = await LocalRig.start(settings);
  try {
    const replication = new ReplicationRig(rig);
    const source = await rig.container('source', 'stream');
    const target = await rig.container('target', 'stream');
    await replication.saveRule('stream', rig.url('source', 'stream'), [rig.url('target', 'stream')], {
      preserve: { tags: 'off' },
    });
    await replication.subscribe([{ account: 'source' }]);
    await rig.clearJournal();
    const pid = rig.local.localJson.processes.host;
    const cpuBefore = cpuSecondsOf(pid);
    const resident = [residentMebibytes(pid)];
    const startedAt = performance.now();
    let next = 0;
    const write = async (): Promise<void> => {
      for (let index = next++; index < events; index = next++) {
        const waitMs = startedAt + (index * 1000) / rate - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        const name = `n/${String(index).padStart(8, '0')}`;
        await source.blob(name).upload(name, name.length);
        const done = index + 1;
        const quarter = done % Math.ceil(events / 4) === 0;
        if (quarter) resident.push(residentMebibytes(pid));
        if (quarter || done % Math.ceil(events / 20) === 0) {
          say(`${String(done)} events: ${String(residentMebibytes(pid))} MiB`);
        }
      }
    };
    await Promise.all(Array.from({ length: writersAtOnce }, write));
    await replication.drained(['stream'], 300_000);
    const seconds = (performance.now() - startedAt) / 1000;
    const arrived = (await rig.list(target)).size;
    if (arrived !== events) throw new Error(`${String(arrived)} of ${String(events)} objects have arrived`);
    const requestsPerEvent = await countRequests(rig, events);
    const lagMs = await lagOf(replication);
    resident.push(residentMebibytes(pid));
    const measured: Measured = {
      events,
      rate,
      eventsPerSecond: Math.round((events / seconds) * 10) / 10,
      seconds: Math.round(seconds * 10) / 10,
      lagMs,
      requestsPerEvent,
      cpuSecondsOfHost: Math.round(cpuSecondsOf(pid) - cpuBefore),
      residentMebibytes: resident,
    };
    process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
    return { replication: measured };
  } finally {
    await rig.stop();
  }
}

async function lagOf(replication: ReplicationRig): Promise<RuleStatus['lagMs']> {
  // Statistics are written every five seconds.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  return (await replication.status('stream')).lagMs;
}

function cpuSecondsOf(pid: number): number {
  return usageOf(pid)?.cpuSeconds ?? 0;
}

/** By the cloud's own counts, which go on when its journal is full. */
async function countRequests(rig: LocalRig, events: number): Promise<RequestsPerEvent> {
  const query = new URLSearchParams({ caller: appIdentity.objectId, internal: 'false' });
  const { counts } = (await rig.admin('GET', `journal/summary?${query.toString()}`)) as {
    readonly counts: readonly JournalCount[];
  };
  const perEvent = (wanted: (count: JournalCount) => boolean): number => {
    const sum = counts.filter(wanted).reduce((total, { count }) => total + count, 0);
    return Math.round((sum / events) * 100) / 100;
  };
  return {
    data: perEvent(({ service, account }) => service === 'blob' && account !== hostAccount),
    state: perEvent(({ service, account }) => service === 'blob' && account === hostAccount),
    queue: perEvent(({ service }) => service === 'queue'),
  };
}

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
}
