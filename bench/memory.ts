import { writeFileSync } from 'node:fs';
import { usageOf } from '../test/support/foreign-process.js';
import { LocalRig } from '../test/support/local-rig.js';
import { HollowAccounts } from './hollow-accounts.js';

/** Memory of the functions host over one whole job. */
interface Measured {
  readonly objects: number;
  readonly seconds: number;
  readonly requests: number;
  readonly cpuSeconds: number;
  /** Resident memory when the job is asked for. */
  readonly beforeMebibytes: number;
  /** Highest resident memory, by the kernel's own count: with the program's text and all that V8 has not given back. */
  readonly peakMebibytes: number;
  readonly counts: unknown;
}

/**
 * Peak memory of the functions host for whole jobs of several sizes, one after the other in one process, between
 * accounts of which only the answers exist.
 */
export async function measureMemory(
  settings: Readonly<Record<string, string>>,
  sizes: readonly number[],
  say: (text: string) => void,
): Promise<{ readonly memory: readonly Measured[] }> {
  const hollow = await HollowAccounts.listen();
  const accounts = (['source', 'target'] as const).map((name) => ({ name, blobEndpoint: hollow.url(name) }));
  const rig = await LocalRig.start({ ...settings, TRANSHIP_ACCOUNTS: JSON.stringify(accounts) });
  try {
    hollow.useCertificateOf(rig.local.localJson.caFile);
    const memory: Measured[] = [];
    for (const objects of sizes) {
      memory.push(await measureOne(rig, hollow, objects));
      say(JSON.stringify(memory.at(-1)));
    }
    process.stdout.write(`${JSON.stringify(memory, null, 2)}\n`);
    return { memory };
  } finally {
    await rig.stop();
    hollow.close();
  }
}

async function measureOne(rig: LocalRig, hollow: HollowAccounts, objects: number): Promise<Measured> {
  const pid = rig.local.localJson.processes.host;
  const copiesBefore = hollow.copies;
  // Linux measures the peak from now on.
  writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
  const beforeMebibytes = peakOf(pid);
  const cpuBefore = usageOf(pid)?.cpuSeconds ?? 0;
  const startedAt = performance.now();
  const container = `n${String(objects)}`;
  const id = await rig.startJob({
    source: `${hollow.url('source')}/${container}`,
    destination: `${hollow.url('target')}/${container}`,
  });
  const job = await rig.settled(id, 900_000, 1000);
  if (job.status !== 'Completed' || job.counts.copied !== objects) throw new Error(JSON.stringify(job));
  return {
    objects,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    requests: hollow.copies - copiesBefore,
    cpuSeconds: Math.round((usageOf(pid)?.cpuSeconds ?? 0) - cpuBefore),
    beforeMebibytes,
    peakMebibytes: peakOf(pid),
    counts: job.counts,
  };
}

function peakOf(pid: number): number {
  return Math.round((usageOf(pid)?.peakRssBytes ?? 0) / 2 ** 20);
}
