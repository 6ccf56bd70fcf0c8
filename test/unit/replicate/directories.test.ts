import { describe, expect, it } from 'vitest';
import {
  content,
  createReplicationWorld,
  eventOf,
  ruleOf,
  written,
} from '../../support/replication-world.js';

describe('events about directories', () => {
  it('follows two directories that change their names at once', async () => {
    const world = createReplicationWorld();
    for (const account of ['a', 'b']) world.account(account).put('data', 'one/x', { content: 'x' });
    const renamed = (to: string, from: string): Record<string, unknown> => {
      const data = { url: undefined, sourceUrl: `https://a.dfs.core.windows.net/data/${from}` };
      return eventOf(to, { type: 'DirectoryRenamed', data });
    };
    const [back, again, there] = [renamed('one', 'two'), renamed('one', 'two'), renamed('two', 'one')];
    world.account('a').remove('data', 'one/x');
    world.account('a').put('data', 'two/x', { content: 'x' });
    await Promise.all([back, again, there].map((event) => world.replicator.handle(event)));
    expect(world.account('b').keys('data')).toEqual(['two/x']);
  });

  it('follows a renamed directory, object by object', async () => {
    const world = createReplicationWorld();
    for (const name of ['old/1', 'old/sub/2', 'older']) await world.replicator.handle(written(world, name));
    for (const name of ['old/1', 'old/sub/2']) {
      world.account('a').remove('data', name);
      world.account('a').put('data', name.replace('old', 'new'));
    }
    const data = { url: undefined, sourceUrl: 'https://a.dfs.core.windows.net/data/old' };
    await world.replicator.handle(eventOf('new', { type: 'DirectoryRenamed', data }));
    expect(world.account('b').keys('data')).toEqual(['new/1', 'new/sub/2', 'older']);
  });

  it('follows a deleted directory, also one around its whole source', async () => {
    const source = { account: 'a', container: 'data', prefix: 'top/in/' };
    const world = createReplicationWorld([ruleOf({ source })]);
    await world.replicator.handle(written(world, 'top/in/1'));
    world.account('a').remove('data', 'top/in/1');
    await world.replicator.handle(eventOf('top', { type: 'DirectoryDeleted', data: { recursive: 'true' } }));
    expect(world.account('b').keys('data')).toEqual([]);
  });

  it('leaves a directory of more than a thousand objects to a job of its own', async () => {
    const world = createReplicationWorld();
    for (let index = 0; index <= 1000; index += 1) world.account('a').put('data', `big/${String(index)}`);
    const data = { url: undefined, sourceUrl: 'https://a.dfs.core.windows.net/data/small' };
    const event = eventOf('big', { type: 'DirectoryRenamed', data });
    await world.replicator.handle(event);
    await world.anotherReplicator().handle(event);
    expect(world.jobs).toHaveLength(1);
    expect(world.jobs[0]?.spec.source).toMatchObject({ location: { prefix: 'big/' }, base: '' });
    expect(world.account('b').keys('data')).toEqual([]);
  });

  it('asks for each object of such a directory whose it is, where others may write too', async () => {
    const world = createReplicationWorld([ruleOf({ conflict: 'keepDestination' })]);
    for (let index = 0; index <= 1000; index += 1) world.account('a').put('data', `big/${String(index)}`);
    world.account('b').put('data', 'big/7', { content: 'theirs' });
    const data = { url: undefined, sourceUrl: 'https://a.dfs.core.windows.net/data/small' };
    await world.replicator.handle(eventOf('big', { type: 'DirectoryRenamed', data }));
    expect(world.jobs).toEqual([]);
    expect(world.account('b').keys('data')).toHaveLength(1001);
    expect(content(world, 'b', 'big/7')).toBe('theirs');
  });
});
