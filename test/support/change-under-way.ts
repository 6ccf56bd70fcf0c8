import type { JobView } from '../../src/report/job-view.js';
import type { FilesRig } from './files-rig.js';
import type { RawShare } from './raw-share.js';

export interface ChangePlan {
  /** The job, from the share to a place of the same name. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The request that copies a small file. */
  readonly copy: { readonly service: 'blob' | 'file'; readonly operation: string };
  /** Looks at the file that come before the one that follows its second copy. */
  readonly looks: number;
  readonly changes: number;
}

/**
 * Changes the file `moving` of a share when it has been copied, while the copy of `steady` still holds up the look at the
 * sources that follows; and once more when it has been copied again, before the next look. Gives the job when it is over, and
 * how often the file was copied.
 */
export async function changeUnderWay(
  files: FilesRig,
  from: RawShare,
  { request, copy, looks, changes }: ChangePlan,
): Promise<{ readonly job: JobView; readonly copies: number }> {
  await from.put('steady', 'steady');
  await from.put('moving', 'version');
  const copying = { ...copy, container: from.name };
  const look = { service: 'file', account: 'source', container: from.name, operation: 'GetFileProperties' };
  await files.rig.admin('POST', 'faults', [
    { ...copying, path: 'steady', delayMs: 3000 },
    { ...look, path: 'moving', skip: looks, delayMs: 3000 },
  ]);
  await files.rig.clearJournal();
  const id = await files.rig.startJob(request);
  for (let change = 1; change <= changes; change += 1) {
    await files.untilDone({ ...copying, blob: 'moving' }, change);
    await from.put('moving', `version ${'x'.repeat(change)}`);
  }
  const job = await files.rig.settled(id);
  return { job, copies: (await files.entries({ ...copying, blob: 'moving' })).length };
}
