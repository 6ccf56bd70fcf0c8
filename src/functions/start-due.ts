import type { InvocationContext } from '@azure/functions';
import type { SchedulePolicy } from '../job/policy.js';
import { expandTemplate } from '../plan/backup-template.js';
import { jobIdForPolicy } from '../record/job-id.js';
import type { CheckedJob } from './http/job-spec-of.js';
import { type JobStarter, type StartedJob, hashRequest, startJob } from './http/start-job.js';

/** One start of a policy's job. */
export interface Occasion {
  /** ISO 8601: the time of the schedule, or that of a run by hand. */
  readonly dueAt: string;
  /** Of a run by hand: the caller's Idempotency-Key. */
  readonly key?: string;
}

/**
 * Starts a policy's job for one occasion. However often and by however many hosts the same occasion is started, there is
 * one job: the first record decides what it does. Throws `Problem` `destination-in-use`.
 */
export function startDue(
  services: JobStarter,
  policy: SchedulePolicy,
  { dueAt, key }: Occasion,
  context: InvocationContext,
): Promise<StartedJob> {
  const occasion = key === undefined ? dueAt : `key ${key}`;
  const { name, createdAt } = policy;
  return startJob(services, jobOf(policy, dueAt), {
    id: jobIdForPolicy(policy, occasion),
    requestHash: hashRequest({ policy: name, createdAt, occasion }),
    context,
  });
}

function jobOf(policy: SchedulePolicy, dueAt: string): CheckedJob {
  const { job, backup, name } = policy;
  const origin = { name, dueAt };
  if (backup === undefined) return { ...job, policy: origin };
  const folder = expandTemplate(backup.template, name, dueAt);
  const { destination } = job.spec;
  return {
    ...job,
    policy: origin,
    spec: { ...job.spec, destination: { ...destination, prefix: destination.prefix + folder } },
    destination: `${job.destination.replace(/\/$/, '')}/${encodeURI(folder)}`,
  };
}
