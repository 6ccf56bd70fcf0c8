import { listAll } from '../record/list-all.js';
import { listPolicies } from '../record/policies.js';
import { ruleId } from '../replicate/lineage.js';
import { OldState } from '../replicate/old-state.js';
import { replicationNames } from '../replicate/state-names.js';
import type { Clock } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';

const hourMs = 3_600_000;
/**
 * Event Grid delivers for 24 hours, a message lies in the queue for 7 days: no event comes later than 8 days, unless
 * somebody keeps it and sends it again. So much for tombstones; what a removed rule has left waits as long for its return.
 */
const keptMs = 30 * 24 * hourMs;
/** A rule is marked as removed before it is; whoever removes it needs no longer than this. */
const removalMs = hourMs;
const shards = '0123456789abcdef';

export interface ReplicationPurge {
  readonly state: StateStore;
  readonly clock: Pick<Clock, 'now'>;
  /** As rules were given their ids. */
  readonly home: string;
  readonly log: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/** Says that a rule is about to be removed, so that what it leaves behind is found. One request; safe to repeat. */
export async function markRemovedRule(state: StateStore, rule: string): Promise<void> {
  await state.put(replicationNames.removedRule(rule), '');
}

/**
 * Takes away tombstones that are 30 days old, and dead letters and tombstones that rules have left which were removed
 * 30 days ago and have not come back. Called once an hour, it looks at a sixteenth of the tombstones of each rule, at most
 * 20,000 of them, and deletes 2,000 blobs at most; the next calls go on. Any number of hosts may do so at once: what is
 * written anew meanwhile stays.
 */
export async function purgeReplication({ state, clock, home, log }: ReplicationPurge): Promise<void> {
  const nowMs = clock.now();
  const rules = new Set<string>();
  for await (const { policy } of listPolicies(state)) {
    if (policy.kind === 'replication') rules.add(ruleId(home, policy.name));
  }
  const old = new OldState(state, nowMs - keptMs);
  const shard = shards.charAt(Math.floor(nowMs / hourMs) % shards.length);
  for (const rule of rules) {
    if (!old.isOver()) await old.remove(replicationNames.tombstonesOf(rule) + shard);
  }
  for await (const mark of listAll(state, replicationNames.removedRules)) {
    if (old.isOver()) break;
    const rule = mark.name.slice(replicationNames.removedRules.length);
    const ageMs = nowMs - Date.parse(mark.lastModified);
    if (rules.has(rule) && ageMs > removalMs) await state.delete(mark.name, mark.etag);
    if (!rules.has(rule) && ageMs > keptMs) await old.removeRule(mark, rule);
  }
  if (old.deleted > 0) log('replication-state-purged', { blobs: old.deleted });
}
