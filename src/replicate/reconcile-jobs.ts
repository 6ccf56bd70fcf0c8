import { defaultDeleteGuard } from '../job/limits.js';
import type { ReplicationRule } from '../job/replication-rule.js';
import { replicationJobId } from './lineage.js';
import type { ReplicationJob } from './replicator-services.js';
import { specOfRule } from './rule-book.js';

/**
 * The jobs, one a target, that repair what no event told; `rule`: the rule's id. The same occasion gives the same jobs.
 * Where deletions are propagated they delete extras, behind the delete guard; where the destination is kept they only
 * add what is missing.
 */
export function reconcileJobs(
  rule: ReplicationRule,
  id: string,
  occasion: string,
): readonly ReplicationJob[] {
  const keeps = rule.conflict !== 'sourceWins';
  const mirrors = rule.deletes === 'propagate' && !keeps;
  return rule.targets.map((target, index) => ({
    id: replicationJobId(id, ['reconcile', String(index), occasion]),
    rule: rule.name,
    kind: mirrors ? 'sync' : 'copy',
    spec: {
      ...specOfRule(rule, target),
      ...(keeps ? { overwrite: 'never' } : {}),
      ...(mirrors ? { mirror: defaultDeleteGuard } : {}),
    },
  }));
}
