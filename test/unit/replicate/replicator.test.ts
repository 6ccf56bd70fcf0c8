import { describe, expect, it } from 'vitest';
import { createReplicationWorld, eventOf, messageOf, ruleOf } from '../../support/replication-world.js';
import { summariseRule } from '../../../src/replicate/statistics.js';
import { ruleId } from '../../../src/replicate/lineage.js';
import { home } from '../../support/replication-world.js';

const refused = 'replication/refused/';

describe('Replicator', () => {
  it.each([
    ['nonsense', 1],
    [JSON.stringify({ x: 'y'.repeat(2 ** 21) }), 1],
    [messageOf(eventOf('x', { account: 'stranger' })), 0],
    [messageOf(eventOf('x', { type: 'BlobInventoryPolicyCompleted' })), 0],
  ])(
    'takes what it cannot use once, logs it, and keeps what may have been a change',
    async (message, kept) => {
      const world = createReplicationWorld();
      await expect(world.replicator.handle(message)).resolves.toEqual({ events: 0, refused: 1, changes: 0 });
      await world.replicator.handle(message);
      expect(world.state.names(refused)).toHaveLength(kept);
      expect(world.logged.every((line) => line.startsWith('replication-event-refused'))).toBe(true);
      const [name] = world.state.names(refused);
      expect((world.state.text(name ?? '') ?? '').length).toBeLessThan(70_000);
    },
  );

  it('does nothing for a name that no rule has', async () => {
    const world = createReplicationWorld([
      ruleOf({ source: { account: 'a', container: 'data', prefix: 'in/' } }),
    ]);
    await expect(world.replicator.handle(eventOf('out'))).resolves.toMatchObject({ events: 1, changes: 0 });
    expect([world.cloud.count(), world.state.count()]).toEqual([0, 0]);
  });

  it('does nothing for a rule that is paused', async () => {
    const world = createReplicationWorld();
    world.setRules([ruleOf()], ['a-to-b']);
    world.account('a').put('data', 'x');
    await world.replicator.handle(eventOf('x'));
    expect(world.cloud.count()).toBe(0);
  });

  it('spends no request on an event that it has seen, or that is older than one it has seen', async () => {
    const world = createReplicationWorld();
    world.account('a').put('data', 'x');
    const [older, newer] = [eventOf('x'), eventOf('x')];
    await world.replicator.handle(newer);
    world.cloud.reset();
    await world.replicator.handle(newer);
    await world.replicator.handle(older);
    expect(world.cloud.count()).toBe(0);
  });

  it('does a burst of one name in two pieces of work', async () => {
    const world = createReplicationWorld();
    world.account('a').put('data', 'x');
    await Promise.all(Array.from({ length: 50 }, () => world.replicator.handle(eventOf('x'))));
    expect(world.cloud.count()).toBeLessThanOrEqual(6);
    expect(world.account('b').keys('data')).toEqual(['x']);
  });

  it('lets the message come again when the state container cannot be reached', async () => {
    const world = createReplicationWorld([ruleOf({ delayMs: 1000 })]);
    world.account('a').put('data', 'x');
    world.state.onCall = () => {
      throw new Error('down');
    };
    await expect(world.replicator.handle(eventOf('x'))).rejects.toThrow('down');
    world.state.onCall = undefined;
    await world.replicator.handle(eventOf('x'));
    expect(world.state.names('replication/pending/')).toHaveLength(1);
  });

  it('tells how long changes took to arrive', async () => {
    const world = createReplicationWorld();
    world.clock.advance(3000);
    world.account('a').put('data', 'x');
    await world.replicator.handle(eventOf('x'));
    while (world.state.names('replication/statistics/').length === 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const summary = await summariseRule(world.state, ruleId(home, 'a-to-b'), world.clock.now());
    expect(summary).toMatchObject({ counts: { copied: 1 }, lastEventAt: '2026-01-01T00:00:00.123Z' });
    expect(summary.lagMs?.p50).toBeGreaterThan(2800);
  });
});
