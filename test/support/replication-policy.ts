import type { ReplicationPolicy } from '../../src/job/policy.js';
import { ruleOf } from './replication-world.js';

/** A policy with the rule of that name, as it is stored. */
export function policyOf(name: string, paused = false): ReplicationPolicy {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    version: 1,
    name,
    paused,
    createdAt: at,
    createdBy: 'me',
    changedAt: at,
    changedBy: 'me',
    kind: 'replication',
    rule: ruleOf({ name }),
    scheduledFrom: at,
    request: {},
  };
}
