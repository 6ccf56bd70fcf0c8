import { readFileSync } from 'node:fs';
import { usageOf } from '../test/support/foreign-process.js';
import { LocalRig } from '../test/support/local-rig.js';
import { ReplicationRig } from '../test/support/replication-rig.js';

/** A stream of new small objects through the whole path: upload, event, queue, host, replicator, target. */
interface Measured {
  readonly events: number;
  /** From the first upload to the last arrival. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly lagMs: unknown;
  readonly requestsPerEvent: number;
  readonly cpuSecondsOfHost: number;
  /** Resident memory of the host at each tenth of the events. */
  readonly residentMebibytes: readonly number[];
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
    const cpuBefore = usageOf(pid)?.cpuSeconds ?? 0;
    const resident: number[] = [];
    const startedAt = performance.now();
    let next = 0;
    const write = async (): Promise<void> => {
      for (let index = next++; index < events; index = next++) {
        const waitMs = startedAt + (index * 1000) / rate - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        const name = `n/${String(index).padStart(8, '0')}`;
        await source.blob(name).upload(name, name.length);
        if (index % Math.ceil(events / 10) === 0) {
          resident.push(residentMebibytes(pid));
          say(`${String(index)} events: ${String(resident.at(-1))} MiB`);
        }
      }
    };
    await Promise.all(Array.from({ length: writersAtOnce }, write));
    await replication.drained(['stream'], 300_000);
    const seconds = (performance.now() - startedAt) / 1000;
    const arrived = (await rig.list(target)).size;
    if (arrived !== events) throw new Error(`${String(arrived)} of ${String(events)} objects have arrived`);
    const requests = (await replication.requests()).length;
    // Statistics are written every five seconds.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const { lagMs } = await replication.status('stream');
    resident.push(residentMebibytes(pid));
    const measured: Measured = {
      events,
      seconds: Math.round(seconds * 10) / 10,
      eventsPerSecond: Math.round((events / seconds) * 10) / 10,
      lagMs,
      // The journal keeps the newest 50,000 requests.
      requestsPerEvent: Math.round((requests / events) * 100) / 100,
      cpuSecondsOfHost: Math.round((usageOf(pid)?.cpuSeconds ?? 0) - cpuBefore),
      residentMebibytes: resident,
    };
    process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
    return { replication: measured };
  } finally {
    await rig.stop();
  }
}

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
}
