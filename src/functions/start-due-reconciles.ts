import type { InvocationContext } from '@azure/functions';
import { dueJobs } from '../plan/due-jobs.js';
import { listPolicies } from '../record/policies.js';
import { type RuleJobStarter, startReconcile } from './start-reconcile.js';

/** Looks so far back: what a caller before started is known by its id and left alone. */
const lookBackMs = 15 * 60_000;

/**
 * Starts the reconciliations that have come due. Safe at any time and at several hosts: an occasion is started once, by
 * whoever looks first. A rule that cannot be reconciled does not keep the others from it.
 */
export async function startDueReconciles(
  services: RuleJobStarter,
  context: InvocationContext,
): Promise<void> {
  const nowMs = services.clock.now();
  for await (const { policy } of listPolicies(services.state)) {
    if (policy.kind !== 'replication' || policy.rule.reconcile === undefined) continue;
    const { jobs } = dueJobs([{ ...policy, schedule: policy.rule.reconcile }], nowMs - lookBackMs, nowMs);
    for (const { dueAt } of jobs) {
      try {
        await startReconcile(services, policy, { dueAt }, context);
      } catch (error) {
        services.log('reconcile-not-started', {
          rule: policy.name,
          error: error instanceof Error ? error.name : 'unknown',
        });
      }
    }
  }
}
