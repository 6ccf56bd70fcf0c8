import { writeFileSync } from 'node:fs';
import { usageOf } from '../test/support/foreign-process.js';
import type { LocalRig } from '../test/support/local-rig.js';
import { fillSmall } from './fill.js';

const copyingMs = 60_000;

/**
 * Peak memory of the functions host for jobs of several sizes: while the plan is made, and while the first minute of it
 * is copied; then the job is cancelled and closed with all its objects in the report.
 */
export async function measureMemory(
  rig: LocalRig,
  sizes: readonly number[],
  say: (text: string) => void,
): Promise<Record<string, unknown>> {
  const measured: Record<string, unknown>[] = [];
  for (const objects of sizes) {
    say(`filling ${String(objects)} objects`);
    const name = `memory-${String(objects)}`;
    await fillSmall(rig, name, objects);
    await rig.container('target', name);
    measured.push(await measureOne(rig, name, objects, say));
  }
  process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
  return { memory: measured };
}

async function measureOne(
  rig: LocalRig,
  name: string,
  objects: number,
  say: (text: string) => void,
): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const peaks: Record<string, number> = {};
  const pid = rig.local.localJson.processes.host;
  const phase = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
    const result = await work();
    peaks[title] = Math.round((usageOf(pid)?.peakRssBytes ?? 0) / 2 ** 20);
    say(`  ${title}: ${String(peaks[title])} MiB, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    return result;
  };
  const request = { source: rig.url('source', name), destination: rig.url('target', name), approve: true };
  const id = await rig.startJob(request);
  const planned = await phase('planning', () => rig.settled(id, 900_000));
  if (planned.status !== 'AwaitingApproval') throw new Error(JSON.stringify(planned));
  await rig.call('POST', `jobs/${id}/approve`, { planHash: planned.planHash });
  await phase('copying', () => rig.settled(id, copyingMs).catch(() => rig.job(id)));
  await rig.call('POST', `jobs/${id}/cancel`);
  const ended = await phase('closing', () => rig.settled(id, 300_000));
  return { objects, peakMebibytes: peaks, status: ended.status, counts: ended.counts };
}
