import type { InvocationContext } from '@azure/functions';
import type { Account } from '../job/account.js';
import type { ReplicationPolicy } from '../job/policy.js';
import { ruleId } from '../replicate/lineage.js';
import { reconcileJobs } from '../replicate/reconcile-jobs.js';
import type { ReplicationJob } from '../replicate/replicator-services.js';
import { textOf } from './http/job-spec-of.js';
import { type JobStarter, type StartedJob, hashRequest, startJob } from './http/start-job.js';
import type { Occasion } from './start-due.js';

/** What starting a rule's jobs needs of the process. */
export interface RuleJobStarter extends JobStarter {
  readonly accounts: readonly Account[];
  /** URL of the state container: tells this app from others. */
  readonly home: string;
}

/** Records and starts a job of a rule; one that is known already is left alone. */
export function startRuleJob(
  services: RuleJobStarter,
  { id, rule, kind, spec }: ReplicationJob,
  dueAt: string,
  context: InvocationContext,
): Promise<StartedJob> {
  const { accounts } = services;
  const job = {
    kind,
    spec,
    source: textOf(spec.source.location, accounts),
    destination: textOf(spec.destination, accounts),
    policy: { name: rule, dueAt },
  };
  return startJob(services, job, { id, requestHash: hashRequest({ replication: id }), context });
}

/**
 * Starts the jobs, one a target, that repair what no event told a rule; gives the first. However often the same occasion
 * is started, they are started once.
 */
export async function startReconcile(
  services: RuleJobStarter,
  policy: ReplicationPolicy,
  { dueAt, key }: Occasion,
  context: InvocationContext,
): Promise<StartedJob> {
  const { rule, createdAt } = policy;
  const occasion = [createdAt, key === undefined ? dueAt : `key ${key}`].join(' ');
  const jobs = reconcileJobs(rule, ruleId(services.home, rule.name), occasion);
  const started: StartedJob[] = [];
  for (const job of jobs) started.push(await startRuleJob(services, job, dueAt, context));
  const [first] = started;
  if (first === undefined) throw new RangeError('a rule has at least one target');
  return first;
}
