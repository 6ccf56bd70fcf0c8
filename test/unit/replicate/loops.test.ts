import { describe, expect, it } from 'vitest';
import { requestIdOf, replicationJobId, rulesPassed } from '../../../src/replicate/lineage.js';
import { createReplicationWorld, eventOf, ruleOf } from '../../support/replication-world.js';
import type { ReplicationWorld } from '../../support/replication-world.js';
import type { ReplicationRule } from '../../../src/job/replication-rule.js';

function place(account: string, prefix = '') {
  return { account, container: 'data', prefix };
}

function rule(
  name: string,
  from: string,
  to: string,
  changes: Partial<ReplicationRule> = {},
): ReplicationRule {
  return ruleOf({ name, source: place(from), targets: [place(to)], ...changes });
}

function put(world: ReplicationWorld, account: string, key: string, content: string): void {
  world.account(account).put('data', key, { content });
}

function content(world: ReplicationWorld, account: string, key: string): string | undefined {
  return world.account(account).object('data', key)?.content[0]?.of;
}

/** Delivers an event, then the events of what was written because of it, and so on. Gives the number of events. */
async function play(world: ReplicationWorld, account: string, key: string): Promise<number> {
  const queue = [{ account, requestId: 'user.1' }];
  let events = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    events += 1;
    if (events > 50) throw new Error('this does not end');
    const before = new Map(
      ['a', 'b', 'c'].map((name) => [name, world.account(name).object('data', key)?.etag]),
    );
    world.requestIds.length = 0;
    await world.replicator.handle(
      eventOf(key, { account: next.account, data: { clientRequestId: next.requestId } }),
    );
    for (const [name, etag] of before) {
      if (world.account(name).object('data', key)?.etag !== etag) {
        queue.push({ account: name, requestId: `${world.requestIds.at(-1) ?? ''}.1` });
      }
    }
  }
  return events;
}

describe('rules that feed one another', () => {
  it('carry a change along a chain, once', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b'), rule('bc', 'b', 'c')]);
    put(world, 'a', 'x', 'one');
    await expect(play(world, 'a', 'x')).resolves.toBe(3);
    expect(content(world, 'c', 'x')).toBe('one');
  });

  it('converge and stop when two rules go back and forth', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b'), rule('ba', 'b', 'a')]);
    put(world, 'a', 'x', 'one');
    await expect(play(world, 'a', 'x')).resolves.toBe(2);
    put(world, 'b', 'x', 'two');
    await expect(play(world, 'b', 'x')).resolves.toBe(2);
    put(world, 'b', 'y', 'three');
    await play(world, 'b', 'y');
    expect(['a', 'b'].map((name) => [content(world, name, 'x'), content(world, name, 'y')])).toEqual([
      ['two', 'three'],
      ['two', 'three'],
    ]);
  });

  it('converge and stop in a ring', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b'), rule('bc', 'b', 'c'), rule('ca', 'c', 'a')]);
    put(world, 'b', 'x', 'one');
    await expect(play(world, 'b', 'x')).resolves.toBe(3);
    expect(['a', 'b', 'c'].map((name) => content(world, name, 'x'))).toEqual(['one', 'one', 'one']);
  });

  it('never write back over a newer version what came from there', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b'), rule('ba', 'b', 'a')]);
    put(world, 'a', 'x', 'one');
    await world.replicator.handle(eventOf('x'));
    const echo = eventOf('x', {
      account: 'b',
      data: { clientRequestId: `${world.requestIds.at(-1) ?? ''}.7` },
    });
    put(world, 'a', 'x', 'two');
    await world.replicator.handle(echo);
    expect(content(world, 'a', 'x')).toBe('two');
  });

  it('know the writes of jobs that a rule has started', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b'), rule('ba', 'b', 'a')]);
    const [id = ''] = rulesPassed(requestIdOf([], (await world.services.rules()).rules[0]?.id ?? ''));
    const job = `tranship.${replicationJobId(id, ['x'])}.r1.lane3.12`;
    put(world, 'a', 'x', 'newer');
    put(world, 'b', 'x', 'older');
    await world.replicator.handle(eventOf('x', { account: 'b', data: { clientRequestId: job } }));
    expect(content(world, 'a', 'x')).toBe('newer');
  });

  it('go on with what a user, another app or another job has written', async () => {
    const world = createReplicationWorld([rule('bc', 'b', 'c')]);
    for (const [key, clientRequestId] of [
      ['1', 'tranship.jabcdefghijklmnopqrstuvwxy.r1.lane0.1'],
      ['2', `${requestIdOf([], 'otherappxx')}.5`],
      ['3', 'tranship.via.broken'],
    ] as const) {
      put(world, 'b', key, 'one');
      await world.replicator.handle(eventOf(key, { account: 'b', data: { clientRequestId } }));
    }
    expect(world.account('c').keys('data')).toEqual(['1', '2', '3']);
  });

  it('end a chain that has grown too long', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b')]);
    put(world, 'a', 'x', 'one');
    const ids = Array.from(
      { length: 32 },
      (_, index) => `rule${String.fromCharCode(97 + (index % 26))}aaaaa`,
    );
    const clientRequestId = `tranship.via.${ids.join('-')}.1`;
    await world.replicator.handle(eventOf('x', { data: { clientRequestId } }));
    expect(world.account('b').keys('data')).toEqual([]);
  });
});

describe('a destination that others write to', () => {
  const keeps = (conflict: 'keepDestination' | 'report') => rule('ab', 'a', 'b', { conflict });

  it.each(['keepDestination', 'report'] as const)('keeps their objects with %s', async (conflict) => {
    const world = createReplicationWorld([keeps(conflict)]);
    put(world, 'b', 'x', 'theirs');
    put(world, 'a', 'x', 'ours');
    await world.replicator.handle(eventOf('x'));
    world.account('a').remove('data', 'x');
    await world.replicator.handle(eventOf('x', { type: 'BlobDeleted' }));
    expect(content(world, 'b', 'x')).toBe('theirs');
  });

  it('goes on overwriting and deleting what the rule itself has written', async () => {
    const world = createReplicationWorld([keeps('keepDestination')]);
    world.account('a').put('data', 'x', { content: 'one', metadata: { Colour: 'red' } });
    await world.replicator.handle(eventOf('x'));
    expect(world.account('b').object('data', 'x')?.metadata).toMatchObject({ Colour: 'red' });
    put(world, 'a', 'x', 'two');
    await world.replicator.handle(eventOf('x'));
    expect(content(world, 'b', 'x')).toBe('two');
    world.account('a').remove('data', 'x');
    await world.replicator.handle(eventOf('x', { type: 'BlobDeleted' }));
    expect(world.account('b').keys('data')).toEqual([]);
  });

  it('writes nothing when what it wrote is still the same', async () => {
    const world = createReplicationWorld([keeps('report')]);
    put(world, 'a', 'x', 'one');
    await world.replicator.handle(eventOf('x'));
    const before = world.account('b').object('data', 'x')?.etag;
    await world.anotherReplicator().handle(eventOf('x'));
    expect(world.account('b').object('data', 'x')?.etag).toBe(before);
  });

  it('does not bring back what somebody deleted there', async () => {
    const world = createReplicationWorld([keeps('keepDestination')]);
    put(world, 'a', 'x', 'one');
    await world.replicator.handle(eventOf('x'));
    world.account('b').remove('data', 'x');
    await world.replicator.handle(
      eventOf('x', { account: 'b', type: 'BlobDeleted', data: { clientRequestId: 'user' } }),
    );
    put(world, 'a', 'x', 'two');
    await world.replicator.handle(eventOf('x'));
    expect(world.account('b').keys('data')).toEqual([]);
  });

  it.each(['keepDestination', 'report'] as const)(
    'keeps a large object of theirs with %s',
    async (conflict) => {
      const world = createReplicationWorld([{ ...keeps(conflict), singleShotBytes: 10 }]);
      put(world, 'b', 'x', 'theirs');
      world.account('a').put('data', 'x', { content: 'ours', sizeBytes: 50 });
      await world.replicator.handle(eventOf('x'));
      expect(world.jobs).toEqual([]);
    },
  );

  it('has a large object copied so that it is known as its own, and only over its own', async () => {
    const world = createReplicationWorld([{ ...keeps('keepDestination'), singleShotBytes: 10 }]);
    const etag = world.account('a').put('data', 'x', { sizeBytes: 50, metadata: { Colour: 'red' } });
    await world.replicator.handle(eventOf('x'));
    const mark = { transhipsource: etag.replaceAll('"', '') };
    expect(world.jobs).toMatchObject([
      { spec: { overwrite: 'never', metadata: { Colour: 'red', ...mark } } },
    ]);
    world.account('b').put('data', 'x', { sizeBytes: 50, metadata: mark });
    world.account('a').put('data', 'x', { content: 'two', sizeBytes: 50 });
    await world.replicator.handle(eventOf('x'));
    expect(world.jobs).toMatchObject([{}, { spec: { overwrite: 'always' } }]);
  });

  it('deletes nothing of theirs below a large directory', async () => {
    const world = createReplicationWorld([keeps('keepDestination')]);
    for (let index = 0; index <= 1000; index += 1) put(world, 'b', `big/${String(index)}`, 'theirs');
    world.account('b').put('data', 'big/own', { metadata: { transhipsource: 'x' } });
    await world.replicator.handle(eventOf('big', { type: 'DirectoryDeleted', data: { recursive: 'true' } }));
    expect(world.jobs).toEqual([]);
    expect(world.account('b').keys('data')).toHaveLength(1001);
  });

  it('brings it back where the source wins', async () => {
    const world = createReplicationWorld([rule('ab', 'a', 'b')]);
    put(world, 'a', 'x', 'one');
    await world.replicator.handle(eventOf('x', { account: 'b', type: 'BlobDeleted' }));
    await world.replicator.handle(eventOf('x'));
    expect(world.account('b').keys('data')).toEqual(['x']);
  });
});
