import { describe, expect, it } from 'vitest';
import { keptRules } from '../../../src/functions/kept-rules.js';
import { readPolicy, removePolicy, writePolicy } from '../../../src/record/policies.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { policyOf } from '../../support/replication-policy.js';
import { home } from '../../support/replication-world.js';
import { createStepClock } from '../../support/step-clock.js';

function open() {
  const clock = createStepClock();
  const state = createMemoryStateStore(clock);
  const rules = keptRules(state, clock, home);
  const names = async (afterMs?: number): Promise<string[]> =>
    (await rules(afterMs)).rules.map(({ rule }) => rule.name);
  return { clock, state, rules, names };
}

describe('keptRules', () => {
  it('reads once for many questions within a second', async () => {
    const { state, names } = open();
    await writePolicy(state, policyOf('one'), undefined);
    state.reset();
    await Promise.all(Array.from({ length: 50 }, () => names()));
    expect(state.count()).toBe(2);
  });

  it('asks only for what has changed', async () => {
    const { clock, state, names } = open();
    for (const name of ['one', 'two', 'three']) await writePolicy(state, policyOf(name), undefined);
    await names();
    const version = await readPolicy(state, 'two');
    await writePolicy(state, policyOf('two', true), version?.etag);
    clock.advance(1000);
    state.reset();
    await expect(names()).resolves.toEqual(['one', 'three']);
    expect(state.count()).toBe(2);
  });

  it('knows a rule that was saved before the change of which an event tells', async () => {
    const { clock, state, names } = open();
    await expect(names()).resolves.toEqual([]);
    await writePolicy(state, policyOf('one'), undefined);
    await expect(names()).resolves.toEqual([]);
    await expect(names(clock.now())).resolves.toEqual(['one']);
  });

  it('forgets a rule that was removed', async () => {
    const { clock, state, names } = open();
    await writePolicy(state, policyOf('one'), undefined);
    await names();
    const version = await readPolicy(state, 'one');
    if (version !== undefined) await removePolicy(state, version);
    clock.advance(1000);
    await expect(names()).resolves.toEqual([]);
  });

  it('asks anew after a reading that failed', async () => {
    const { state, names } = open();
    await writePolicy(state, policyOf('one'), undefined);
    state.onCall = () => {
      throw new Error('down');
    };
    await expect(names()).rejects.toThrow('down');
    state.onCall = undefined;
    await expect(names()).resolves.toEqual(['one']);
  });
});
