import { describe, expect, it } from 'vitest';
import { performDue, retryDeadLetters } from '../../../src/replicate/due-work.js';
import { ruleId } from '../../../src/replicate/lineage.js';
import { refusal } from '../../support/memory-faults.js';
import { createReplicationWorld, eventOf, home, ruleOf } from '../../support/replication-world.js';
import type { ReplicationWorld } from '../../support/replication-world.js';

const pending = 'replication/pending/';
const dead = 'replication/dead/';

function due(world: ReplicationWorld, untilMs = Infinity) {
  return performDue(world.replicator, world.services, untilMs);
}

function forbid(world: ReplicationWorld, times: number): void {
  const error = refusal('destination-role-missing', 403, 'AuthorizationPermissionMismatch');
  world.cloud.fault({ on: 'copyFrom', times, error });
}

describe('a rule with a delay', () => {
  const rules = [ruleOf({ delayMs: 60_000 })];

  it('copies a name once that was written again and again', async () => {
    const world = createReplicationWorld(rules);
    for (let version = 1; version <= 20; version += 1) {
      world.account('a').put('data', 'x', { content: `version ${String(version)}` });
      await world.replicator.handle(eventOf('x'));
    }
    expect(world.cloud.count()).toBe(0);
    await expect(due(world)).resolves.toEqual({ done: 0, more: false });
    world.clock.advance(60_000);
    await expect(due(world)).resolves.toEqual({ done: 1, more: false });
    expect(world.account('b').object('data', 'x')?.content[0]?.of).toBe('version 20');
    expect(world.cloud.count('copyFrom')).toBe(1);
    expect(world.state.names(pending)).toEqual([]);
  });

  it('loses no change that comes while the work is under way', async () => {
    const world = createReplicationWorld(rules);
    world.account('a').put('data', 'x', { content: 'one' });
    await world.replicator.handle(eventOf('x'));
    world.clock.advance(60_000);
    let events = 0;
    world.state.onCall = async (call) => {
      if (call !== 'delete' || events > 0) return;
      events += 1;
      world.account('a').put('data', 'x', { content: 'two' });
      await world.replicator.handle(eventOf('x'));
    };
    await due(world);
    expect(world.state.names(pending)).toHaveLength(1);
    world.clock.advance(60_000);
    await due(world);
    expect(world.account('b').object('data', 'x')?.content[0]?.of).toBe('two');
  });

  it('copies a name that was deleted and written again before its time had come', async () => {
    const world = createReplicationWorld(rules);
    await world.replicator.handle(eventOf('x', { type: 'BlobDeleted' }));
    world.account('a').put('data', 'x', { content: 'again' });
    await world.replicator.handle(eventOf('x'));
    world.clock.advance(60_000);
    await due(world);
    expect(world.account('b').object('data', 'x')?.content[0]?.of).toBe('again');
  });

  it('is worked off by one of several workers at once', async () => {
    const world = createReplicationWorld(rules);
    for (let index = 0; index < 30; index += 1) {
      world.account('a').put('data', `x${String(index)}`);
      await world.replicator.handle(eventOf(`x${String(index)}`));
    }
    world.clock.advance(60_000);
    const other = world.anotherReplicator();
    const results = await Promise.all([due(world), performDue(other, world.services, Infinity)]);
    expect(results.reduce((sum, { done }) => sum + done, 0)).toBe(30);
    expect(world.cloud.count('copyFrom')).toBe(30);
  });

  it('goes on with what a worker had taken that died', async () => {
    const world = createReplicationWorld(rules);
    world.account('a').put('data', 'x');
    await world.replicator.handle(eventOf('x'));
    world.clock.advance(60_000);
    world.cloud.fault({ on: 'stat', times: 1, hangs: true });
    void due(world);
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (world.cloud.count('stat') === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const other = world.anotherReplicator();
    await expect(performDue(other, world.services, Infinity)).resolves.toMatchObject({ done: 0 });
    world.clock.advance(10 * 60_000);
    await expect(performDue(other, world.services, Infinity)).resolves.toMatchObject({ done: 1 });
    expect(world.account('b').keys('data')).toEqual(['x']);
  });

  it('stops when its time is up, and says that there is more', async () => {
    const world = createReplicationWorld(rules);
    world.account('a').put('data', 'x');
    await world.replicator.handle(eventOf('x'));
    world.clock.advance(60_000);
    await expect(due(world, world.clock.now())).resolves.toEqual({ done: 0, more: true });
  });

  it('waits while its rule is paused, and is forgotten when the rule is gone', async () => {
    const world = createReplicationWorld(rules);
    world.account('a').put('data', 'x');
    await world.replicator.handle(eventOf('x'));
    world.clock.advance(60_000);
    world.setRules(rules, ['a-to-b']);
    await due(world);
    expect(world.state.names(pending)).toHaveLength(1);
    world.setRules([]);
    await due(world);
    expect(world.state.names(pending)).toEqual([]);
    expect(world.account('b').keys('data')).toEqual([]);
  });
});

describe('work that fails', () => {
  it('is tried ever later, six times in all, and then is a dead letter', async () => {
    const world = createReplicationWorld();
    world.account('a').put('data', 'x');
    forbid(world, 6);
    await world.replicator.handle(eventOf('x'));
    const waits: number[] = [];
    while (world.state.names(pending).length > 0) {
      const { dueMs } = JSON.parse(world.state.text(world.state.names(pending)[0] ?? '') ?? '') as {
        dueMs: number;
      };
      waits.push(dueMs - world.clock.now());
      world.clock.advance(dueMs - world.clock.now());
      await due(world);
    }
    expect(waits).toHaveLength(5);
    expect(waits.every((wait, index) => wait >= 30_000 * 2 ** index)).toBe(true);
    expect(world.state.names(dead)).toHaveLength(1);
    const told = { rule: 'a-to-b', reason: 'destination-role-missing', attempts: 6 };
    expect(world.logged).toContain(`replication-dead-letter ${JSON.stringify(told)}`);
    expect(world.cloud.count('copyFrom')).toBe(6);
  });

  it('is done on the second try when the trouble has passed', async () => {
    const world = createReplicationWorld();
    world.account('a').put('data', 'x');
    forbid(world, 1);
    await world.replicator.handle(eventOf('x'));
    world.clock.advance(120_000);
    await due(world);
    expect(world.account('b').keys('data')).toEqual(['x']);
    expect([...world.state.names(pending), ...world.state.names(dead)]).toEqual([]);
  });
});

describe('retryDeadLetters', () => {
  async function withDeadLetters(count: number): Promise<ReplicationWorld> {
    const world = createReplicationWorld();
    for (let index = 0; index < count; index += 1) {
      world.account('a').put('data', `x${String(index)}`, { tier: 'Archive' });
      await world.replicator.handle(eventOf(`x${String(index)}`));
    }
    expect(world.state.names(dead)).toHaveLength(count);
    return world;
  }

  it('makes good what can be done by now, and keeps the rest', async () => {
    const world = await withDeadLetters(3);
    for (const key of ['x0', 'x1']) world.account('a').put('data', key, { tier: 'Hot' });
    const retry = () => retryDeadLetters(world.replicator, world.services, ruleId(home, 'a-to-b'), Infinity);
    await expect(retry()).resolves.toEqual({ retried: 3, failed: 1, more: false });
    expect(world.account('b').keys('data')).toEqual(['x0', 'x1']);
    expect(world.state.names(dead)).toHaveLength(1);
    expect(world.state.names(pending)).toEqual([]);
  });

  it('copies what is there now, though the last that was given up was a deletion', async () => {
    const world = createReplicationWorld();
    const error = refusal('destination-immutable', 409, 'BlobImmutableDueToPolicy');
    world.cloud.fault({ on: 'copyFrom', error });
    const [older, newer] = [eventOf('x', { type: 'BlobDeleted' }), eventOf('x')];
    world.account('a').put('data', 'x');
    await world.replicator.handle(newer);
    world.cloud.fault({ on: 'stat', account: 'b', error });
    await world.anotherReplicator().handle(older);
    const [name = ''] = world.state.names(dead);
    expect(JSON.parse(world.state.text(name) ?? '')).toMatchObject({ kind: 'deleted' });
    await retryDeadLetters(world.replicator, world.services, ruleId(home, 'a-to-b'), Infinity);
    expect(world.account('b').keys('data')).toEqual(['x']);
    expect(world.state.names(dead)).toEqual([]);
  });

  it('stops when its time is up', async () => {
    const world = await withDeadLetters(2);
    const result = await retryDeadLetters(
      world.replicator,
      world.services,
      ruleId(home, 'a-to-b'),
      world.clock.now(),
    );
    expect(result).toEqual({ retried: 0, failed: 0, more: true });
    expect(world.state.names(dead)).toHaveLength(2);
  });
});
