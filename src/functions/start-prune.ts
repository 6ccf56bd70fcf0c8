import type { InvocationContext } from '@azure/functions';
import type { JobSpec } from '../job/job-spec.js';
import { objectSizes } from '../job/limits.js';
import type { SchedulePolicy } from '../job/policy.js';
import type { BackupPoint } from '../record/backup-points.js';
import { jobIdForPolicy } from '../record/job-id.js';
import { hashRequest, startJob } from './http/start-job.js';
import type { PolicyStarter } from './start-due.js';

/** Id of the job of one attempt to remove a point. */
export function pruneJobOf(policy: SchedulePolicy, point: BackupPoint, attempt: number): string {
  return jobIdForPolicy(policy, `prune ${point.id} ${String(attempt)}`);
}

/**
 * Starts the job that deletes a point's folder, once for each attempt. It deletes at most as many objects as the backup
 * has copied: where there are more, somebody else has put something there, and a person approves the plan. Throws
 * `Problem` `destination-in-use`.
 */
export async function startPrune(
  services: PolicyStarter,
  policy: SchedulePolicy,
  point: BackupPoint,
  context: InvocationContext,
): Promise<void> {
  const { prune, id, url } = point;
  if (prune === undefined) return;
  await startJob(
    services,
    {
      kind: 'sync',
      source: url,
      destination: url,
      spec: specOf(point),
      policy: { name: policy.name, dueAt: prune.dueAt },
    },
    { id: prune.job, requestHash: hashRequest({ prune: id, attempt: prune.attempt }), context },
  );
}

function specOf({ id, policy, place, copied }: BackupPoint): JobSpec {
  return {
    source: { kind: 'prefix', location: place, base: place.prefix, recursive: true },
    destination: place,
    overwrite: 'never',
    mirror: { maxDeletes: copied?.objects ?? 0, maxDeletePercent: 100 },
    dryRun: false,
    approve: false,
    filters: {},
    tags: 'off',
    tier: 'off',
    preserveProperties: false,
    preserveMetadata: false,
    createContainers: false,
    singleShotBytes: objectSizes.singleShotBytes,
    maxInFlight: 512,
    allowOverlap: false,
    backup: { kind: 'prune', policy, point: id },
  };
}
