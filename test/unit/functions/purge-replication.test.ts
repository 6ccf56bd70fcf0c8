import { describe, expect, it } from 'vitest';
import { markRemovedRule, purgeReplication } from '../../../src/functions/purge-replication.js';
import { readPolicy, removePolicy, writePolicy } from '../../../src/record/policies.js';
import { ruleId } from '../../../src/replicate/lineage.js';
import { replicationNames } from '../../../src/replicate/state-names.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { policyOf } from '../../support/replication-policy.js';
import { home } from '../../support/replication-world.js';
import { createStepClock } from '../../support/step-clock.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const rule = ruleId(home, 'one');
const tombstone = (key: string, of = rule): string =>
  replicationNames.tombstone({ rule: of, target: 0, key });
const deadLetter = (key: string): string =>
  replicationNames.deadLetter({ rule, target: 0, key, kind: 'written', tree: false });

/** The state of a rule that is there, or of one that was removed just now. */
async function open(isThere: boolean) {
  const clock = createStepClock();
  const state = createMemoryStateStore(clock);
  await writePolicy(state, policyOf('other'), undefined);
  await writePolicy(state, policyOf('one'), undefined);
  const logged: unknown[] = [];
  const world = {
    clock,
    state,
    logged,
    put: (...names: readonly string[]) => Promise.all(names.map((name) => state.put(name, '{}'))),
    remove: async () => {
      const version = await readPolicy(state, 'one');
      await markRemovedRule(state, rule);
      if (version !== undefined) await removePolicy(state, version);
    },
    look: () =>
      purgeReplication({ state, clock, home, log: (event, fields) => logged.push([event, fields]) }),
    /** One look an hour. */
    hours: async (count: number) => {
      for (let hour = 0; hour < count; hour += 1) {
        clock.advance(hourMs);
        await world.look();
      }
    },
  };
  if (!isThere) await world.remove();
  return world;
}

const keys = Array.from({ length: 60 }, (_, index) => `k${String(index)}`);

describe('tombstones of a rule that is there', () => {
  it('are kept for 30 days, longer than any event comes late, and gone a day later', async () => {
    const { state, put, clock, hours } = await open(true);
    await put(...keys.map((key) => tombstone(key)), deadLetter('a'));
    await hours(10 * 24);
    await put(tombstone('k7'), tombstone('late'));
    await hours(20 * 24);
    expect(state.names(replicationNames.tombstonesOf(rule))).toHaveLength(61);
    await hours(24);
    const left = [tombstone('k7'), tombstone('late')].sort();
    expect(state.names(replicationNames.tombstonesOf(rule))).toEqual(left);
    clock.advance(300 * dayMs);
    await hours(16);
    expect(state.names(replicationNames.tombstonesOf(rule))).toEqual([]);
    // Dead letters of a rule wait for people.
    expect(state.names(replicationNames.deadLettersOf(rule))).toHaveLength(1);
  });

  it('that are written anew at the last moment stay', async () => {
    const { state, put, clock, hours } = await open(true);
    await put(tombstone('a'));
    clock.advance(31 * dayMs);
    state.onCall = async (call) => {
      if (call !== 'delete') return;
      state.onCall = undefined;
      await put(tombstone('a'));
    };
    await hours(16);
    expect(state.names(replicationNames.tombstonesOf(rule))).toEqual([tombstone('a')]);
  });

  it('cost one request a look and rule, beside the list of rules', async () => {
    const { state, put, hours } = await open(true);
    await put(...keys.map((key) => tombstone(key)));
    state.reset();
    await hours(1);
    expect([state.count('list'), state.count('get'), state.count()]).toEqual([4, 2, 6]);
  });
});

describe('what a removed rule has left', () => {
  it('waits 30 days for its return, and is gone then with the mark of its removal', async () => {
    const { state, put, hours, logged } = await open(false);
    const others = tombstone('a', ruleId(home, 'other'));
    await put(...keys.map((key) => tombstone(key)), ...keys.map((key) => deadLetter(key)));
    await hours(30 * 24);
    await put(others);
    expect(state.names('replication/')).toHaveLength(122);
    expect(logged).toEqual([]);
    await hours(1);
    expect(state.names('replication/')).toEqual([others]);
    expect(logged).toEqual([['replication-state-purged', { blobs: 120 }]]);
  });

  it('goes also when it was written after the removal', async () => {
    const { state, put, hours } = await open(false);
    await put(tombstone('a'));
    await hours(24);
    await put(deadLetter('b'));
    await hours(30 * 24);
    expect(state.names('replication/')).toEqual([deadLetter('b'), replicationNames.removedRule(rule)]);
    await hours(24);
    expect(state.names('replication/')).toEqual([]);
  });

  it('stays when the rule is back', async () => {
    const { state, put, clock, hours } = await open(false);
    await put(deadLetter('a'));
    await hours(29 * 24);
    await writePolicy(state, policyOf('one'), undefined);
    await hours(1);
    clock.advance(90 * dayMs);
    await hours(16);
    expect(state.names('replication/')).toEqual([deadLetter('a')]);
  });

  it('is found when its mark is there a moment before the rule is gone', async () => {
    const { state, put, hours, look, remove, clock } = await open(true);
    await put(deadLetter('a'));
    await markRemovedRule(state, rule);
    await look();
    await remove();
    clock.advance(31 * dayMs);
    await hours(2);
    expect(state.names('replication/')).toEqual([]);
  });

  it('goes by 2,000 blobs a look, also when two hosts look at once', async () => {
    const { state, put, clock, look } = await open(false);
    const many = Array.from({ length: 4500 }, (_, index) => tombstone(`k${String(index)}`));
    await put(...many);
    clock.advance(31 * dayMs);
    state.reset();
    await look();
    expect([state.count('delete'), state.names(replicationNames.tombstonesOf(rule)).length]).toEqual([
      2000, 2500,
    ]);
    // policies, one policy, tombstones of the rule that is there, marks, dead letters, tombstones
    expect(state.count() - state.count('delete')).toBe(6);
    await Promise.all([look(), look()]);
    await Promise.all([look(), look()]);
    expect(state.names('replication/')).toEqual([]);
  });
});
