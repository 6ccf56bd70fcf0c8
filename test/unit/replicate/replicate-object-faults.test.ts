import { describe, expect, it } from 'vitest';
import { refusal, throttled } from '../../support/memory-faults.js';
import { content, createReplicationWorld, ruleOf, written } from '../../support/replication-world.js';

const tagged = { tags: 'auto' } as const;

describe('a replication rule in bad weather', () => {
  it('goes on without tags that it may not read, and says so once', async () => {
    const world = createReplicationWorld([ruleOf(tagged)]);
    world.account('a').permissions.tags = false;
    await world.replicator.handle(written(world, 'x'));
    await world.replicator.handle(written(world, 'y'));
    expect(world.account('b').keys('data')).toEqual(['x', 'y']);
    expect(world.logged.filter((line) => line.startsWith('replication-tags'))).toHaveLength(1);
  });

  it('counts a write whose answer was lost as done', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x', { content: 'one' });
    world.cloud.fault({ on: 'copyFrom', lostReply: true });
    await world.replicator.handle(event);
    expect(content(world, 'b', 'x')).toBe('one');
    expect(world.state.names('replication/pending/')).toEqual([]);
  });

  it('bears 503 and goes on', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x', { content: 'one' });
    world.cloud.fault({ on: 'copyFrom', times: 3, error: throttled() });
    await world.replicator.handle(event);
    expect(content(world, 'b', 'x')).toBe('one');
  });

  it('gives up at once what no later try will change', async () => {
    const world = createReplicationWorld();
    await world.replicator.handle(written(world, 'x', { blobType: 'PageBlob' }));
    expect(world.state.names('replication/pending/')).toEqual([]);
    const [letter = ''] = world.state.names('replication/dead/');
    expect(JSON.parse(world.state.text(letter) ?? '')).toMatchObject({
      key: 'x',
      reason: 'source-type-unsupported',
    });
  });

  it('tries again what may pass, ever later, and then gives up', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x');
    world.cloud.fault({
      on: 'copyFrom',
      times: 1000,
      error: refusal('destination-role-missing', 403, 'AuthorizationPermissionMismatch'),
    });
    await world.replicator.handle(event);
    const [name = ''] = world.state.names('replication/pending/');
    expect(JSON.parse(world.state.text(name) ?? '')).toMatchObject({ key: 'x', attempts: 1, taken: false });
  });
});
