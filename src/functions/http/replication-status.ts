import type { ReplicationPolicy } from '../../job/policy.js';
import { ruleId } from '../../replicate/lineage.js';
import { replicationNames } from '../../replicate/state-names.js';
import { summariseRule } from '../../replicate/statistics.js';
import type { HttpServices } from '../services.js';

/** How a rule is getting on, over all workers. Counts of names end at 5,000. */
export async function replicationStatus(
  services: Pick<HttpServices, 'state' | 'clock' | 'home' | 'queuedEvents'>,
  { rule }: ReplicationPolicy,
): Promise<Readonly<Record<string, unknown>>> {
  const { state, clock, home } = services;
  const id = ruleId(home, rule.name);
  const count = async (prefix: string): Promise<number> => (await state.list(prefix)).entries.length;
  const [summary, waiting, deadLetters, poisoned, queuedEvents] = await Promise.all([
    summariseRule(state, id, clock.now()),
    count(replicationNames.pendingOf(id)),
    count(replicationNames.deadLettersOf(id)),
    count(replicationNames.poisoned),
    services.queuedEvents(),
  ]);
  const { lastEventAt, lagMs, counts } = summary;
  return {
    lastEventAt: lastEventAt ?? null,
    lagMs: lagMs ?? null,
    last24Hours: counts,
    backlog: { queuedEvents, waiting },
    deadLetters,
    poisonedMessages: poisoned,
  };
}
