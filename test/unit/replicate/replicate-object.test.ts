import { describe, expect, it } from 'vitest';
import { ruleId } from '../../../src/replicate/lineage.js';
import {
  content,
  createReplicationWorld,
  eventOf,
  home,
  ruleOf,
  written,
} from '../../support/replication-world.js';

const tagged = { tags: 'auto' } as const;

describe('a replication rule', () => {
  it('copies a new small object with one request when the event tells enough', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x', { content: 'one', metadata: { Kind: 'k' }, tier: 'Cool' });
    world.cloud.reset();

    await world.replicator.handle(event);

    expect(world.cloud.requests.map(({ call, account }) => [call, account])).toEqual([['copyFrom', 'b']]);
    expect(world.account('b').object('data', 'x')).toMatchObject({ tier: 'Cool', metadata: { Kind: 'k' } });
  });

  it('looks at the source first when it keeps tags', async () => {
    const world = createReplicationWorld([ruleOf(tagged)]);
    const event = written(world, 'x', { content: 'one', tags: { colour: 'red' } });
    world.cloud.reset();

    await world.replicator.handle(event);

    expect(world.cloud.requests.map(({ call }) => call)).toEqual(['stat', 'copyFrom']);
    expect(world.account('b').object('data', 'x')?.tags).toEqual({ colour: 'red' });
  });

  it.each([
    ['off', 4],
    ['auto', 4],
  ] as const)('overwrites with four requests, tags %s', async (tags, requests) => {
    const world = createReplicationWorld([ruleOf({ tags })]);
    await world.replicator.handle(written(world, 'x', { content: 'one' }));
    const event = written(world, 'x', { content: 'two' });
    world.cloud.reset();

    await world.replicator.handle(event);

    expect(content(world, 'b', 'x')).toBe('two');
    expect(world.cloud.count()).toBe(requests);
  });

  it('writes nothing when the target has the same content already', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x', { content: 'one' });
    world.account('b').put('data', 'x', { content: 'one' });
    const before = world.account('b').object('data', 'x')?.etag;

    await world.replicator.handle(event);

    expect(world.account('b').object('data', 'x')?.etag).toBe(before);
  });

  it('copies the present object when the event is about an older version', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x', { content: 'one' });
    written(world, 'x', { content: 'two' });
    await world.replicator.handle(event);
    expect(content(world, 'b', 'x')).toBe('two');
  });

  it('takes an object of equal length without checksum that was written in the same second for another one', async () => {
    const world = createReplicationWorld();
    await world.replicator.handle(written(world, 'x', { content: 'one', md5: 'none' }));
    await world.replicator.handle(written(world, 'x', { content: 'two', md5: 'none' }));
    expect(content(world, 'b', 'x')).toBe('two');
  });

  it('tries again when both ends change under its hands', async () => {
    const world = createReplicationWorld();
    world.account('b').put('data', 'x', { content: 'old' });
    const event = written(world, 'x', { content: 'one' });
    let times = 0;
    const change = (): void => {
      times += 1;
      written(world, 'x', { content: `changed ${String(times)}` });
      world.account('b').put('data', 'x', { content: 'also changed' });
    };
    world.cloud.fault({ on: 'copyFrom', skip: 1, times: 2, before: change });

    await world.replicator.handle(event);

    expect(content(world, 'b', 'x')).toBe('changed 2');
  });

  it('waits for another try when an object never comes to rest', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x', { content: 'one' });
    let times = 0;
    const before = (): void => {
      times += 1;
      written(world, 'x', { content: `changed ${String(times)}` });
    };
    world.cloud.fault({ on: 'copyFrom', times: 20, before });
    await world.replicator.handle(event);
    expect(content(world, 'b', 'x')).toBeUndefined();
    expect(world.state.names('replication/pending/')).toHaveLength(1);
  });

  it('deletes at the target what is gone at the source, in three requests', async () => {
    const world = createReplicationWorld();
    await world.replicator.handle(written(world, 'x'));
    world.account('a').remove('data', 'x');
    world.cloud.reset();

    await world.replicator.handle(eventOf('x', { type: 'BlobDeleted' }));

    expect(world.account('b').keys('data')).toEqual([]);
    expect(world.cloud.count()).toBe(3);
  });

  it('deletes nothing when the deletion is old news', async () => {
    const world = createReplicationWorld();
    await world.replicator.handle(written(world, 'x', { content: 'one' }));
    written(world, 'x', { content: 'two' });
    await world.replicator.handle(eventOf('x', { type: 'BlobDeleted' }));
    expect(content(world, 'b', 'x')).toBe('two');
  });

  it('brings nothing back when the creation is old news', async () => {
    const world = createReplicationWorld();
    const event = written(world, 'x');
    world.account('a').remove('data', 'x');
    await world.replicator.handle(event);
    expect(world.account('b').keys('data')).toEqual([]);
    expect(world.state.names('replication/dead/')).toEqual([]);
  });

  it('lets deletions be when the rule ignores them', async () => {
    const world = createReplicationWorld([ruleOf({ deletes: 'ignore' })]);
    const created = written(world, 'x');
    await world.replicator.handle(created);
    world.account('a').remove('data', 'x');
    await world.replicator.handle(eventOf('x', { type: 'BlobDeleted' }));
    await world.replicator.handle({ ...created, id: 'again' });
    expect(world.account('b').keys('data')).toEqual(['x']);
  });

  it('follows a rename under both names', async () => {
    const world = createReplicationWorld();
    await world.replicator.handle(written(world, 'old', { content: 'one' }));
    world.account('a').remove('data', 'old');
    world.account('a').put('data', 'new', { content: 'one' });
    const data = { url: undefined, sourceUrl: 'https://a.blob.core.windows.net/data/old' };
    await world.replicator.handle(eventOf('new', { type: 'BlobRenamed', data }));
    expect(world.account('b').keys('data')).toEqual(['new']);
  });

  it('deletes the former name of a rename, though more is known of the new name already', async () => {
    const world = createReplicationWorld();
    for (const account of ['a', 'b']) world.account(account).put('data', 'old', { content: 'one' });
    const data = { url: undefined, sourceUrl: 'https://a.dfs.core.windows.net/data/old' };
    const rename = eventOf('new', { type: 'BlobRenamed', data });
    world.account('a').remove('data', 'old');
    await world.replicator.handle(written(world, 'new'));
    await world.replicator.handle(rename);
    expect(world.account('b').keys('data')).toEqual(['new']);
  });

  it('sets a tier that has changed, without copying', async () => {
    const world = createReplicationWorld();
    await world.replicator.handle(written(world, 'x', { content: 'one' }));
    world
      .account('a')
      .put('data', 'x', { content: 'one', tier: 'Archive', lastModified: '2026-01-01T00:00:00Z' });
    world.cloud.reset();
    await world.replicator.handle(eventOf('x', { type: 'BlobTierChanged', data: { api: 'SetBlobTier' } }));
    expect(world.account('b').object('data', 'x')?.tier).toBe('Archive');
    expect(world.cloud.requests.map(({ call }) => call)).toEqual(['stat', 'stat', 'setTier']);
  });

  it('hands a large object to one job, however often it hears of it', async () => {
    const world = createReplicationWorld([ruleOf({ singleShotBytes: 1000 })]);
    const event = written(world, 'big', { sizeBytes: 5000 });
    await world.replicator.handle(event);
    await world.anotherReplicator().handle(event);
    expect(world.jobs).toHaveLength(1);
    const [job] = world.jobs;
    expect(job?.id).toMatch(new RegExp(`^rep${ruleId(home, 'a-to-b')}[a-z2-7]{20}$`));
    expect(job?.spec).toMatchObject({
      source: { kind: 'object', key: 'big' },
      destination: { account: 'b', container: 'data', prefix: 'big' },
      allowOverlap: true,
    });
  });

  it('has a large object copied again that was written while its copy was made', async () => {
    const world = createReplicationWorld([ruleOf({ singleShotBytes: 1000 })]);
    await world.replicator.handle(written(world, 'big', { sizeBytes: 5000, md5: 'none' }));
    world.clock.advance(10_000);
    const event = written(world, 'big', { content: 'two', sizeBytes: 5000, md5: 'none' });
    world.clock.advance(10_000);
    // The first job commits now what it had read before.
    world.account('b').put('data', 'big', { sizeBytes: 5000, md5: 'none' });
    await world.replicator.handle(event);
    expect(world.jobs).toMatchObject([{}, { spec: { overwrite: 'always' } }]);
  });

  it('sets the tier of a large object that has changed, without a job', async () => {
    const world = createReplicationWorld([ruleOf({ singleShotBytes: 1000 })]);
    const big = { content: 'one', sizeBytes: 5000 };
    await world.replicator.handle(written(world, 'big', big));
    world.account('b').put('data', 'big', big);
    const [job] = world.jobs;
    const lastModified = '2026-01-01T00:00:00Z';
    world.account('a').put('data', 'big', { ...big, tier: 'Cool', lastModified });
    await world.replicator.handle(eventOf('big', { type: 'BlobTierChanged', data: { api: 'SetBlobTier' } }));
    expect(world.account('b').object('data', 'big')?.tier).toBe('Cool');
    expect(world.jobs).toEqual([job]);
  });

  it('copies below the prefixes of source and target, by its filters', async () => {
    const world = createReplicationWorld([
      ruleOf({
        source: { account: 'a', container: 'data', prefix: 'in/' },
        targets: [
          { account: 'b', container: 'data', prefix: 'out/' },
          { account: 'c', container: 'data', prefix: '' },
        ],
        filters: { include: { pattern: ['*.txt'] }, maxSizeBytes: 100 },
      }),
    ]);
    for (const [name, sizeBytes] of [
      ['in/1.txt', 5],
      ['in/2.log', 5],
      ['in/3.txt', 500],
      ['4.txt', 5],
      ['in/', 0],
    ] as const) {
      await world.replicator.handle(written(world, name, { sizeBytes }));
    }
    expect(world.account('b').keys('data')).toEqual(['out/1.txt']);
    expect(world.account('c').keys('data')).toEqual(['1.txt']);
  });
});
