import { expect, it } from 'vitest';
import type { Side } from '../../src/storage/side.js';
import { codeOf } from '../support/memory-store.js';
import { countRequests, expectSameBytes, plain, putSource, signal } from './contract-world.js';
import type { World } from './contract-world.js';

/** Listings: order, pages, what they tell. */
export function listing(get: () => World): void {
  it('lists page after page in ascending order, one request a page', async () => {
    const world = get();
    for (const key of ['b', 'a', 'c/1', 'c', 'a/x']) await putSource(world, key);
    const keys: string[] = [];
    let token: string | undefined;
    const requests = await countRequests(world, async () => {
      do {
        const page = await world.from.list({
          prefix: '',
          limit: 2,
          signal,
          ...(token === undefined ? {} : { token }),
        });
        keys.push(...page.objects.map((object) => object.key));
        token = page.next;
      } while (token !== undefined);
    });
    expect(keys).toEqual(['a', 'a/x', 'b', 'c', 'c/1']);
    expect(requests).toBe(3);
  });

  it('lists only keys under the prefix', async () => {
    const world = get();
    for (const key of ['dir', 'dir/a', 'dir2/b', 'di']) await putSource(world, key);
    const page = await world.from.list({ prefix: 'dir/', signal });
    expect(page.objects.map((object) => object.key)).toEqual(['dir/a']);
    expect(page.next).toBeUndefined();
  });

  it('tells all that planning needs, metadata with its case', async () => {
    const world = get();
    const properties = { contentType: 'text/plain', cacheControl: 'no-cache', contentLanguage: 'de' };
    await putSource(world, 'a', {
      body: 'hello',
      properties,
      metadata: { FooBar: 'Baz' },
      tags: { t: '1' },
      tier: 'Cool',
    });
    const [object] = (await world.from.list({ prefix: '', signal })).objects;
    expect(object).toMatchObject({
      sizeBytes: 5,
      blobType: 'BlockBlob',
      properties,
      metadata: { FooBar: 'Baz' },
      tier: 'Cool',
    });
    expect(object?.etag).toMatch(/^".+"$/);
    expect(object?.md5).toMatch(/^.{22}==$/);
    expect(object?.tags).toBeUndefined();
    expect(new Date(object?.lastModified ?? '').toISOString()).toBe(object?.lastModified);
  });

  it('tells tags only when asked', async () => {
    const world = get();
    await putSource(world, 'a', { body: 'x', tags: { team: 'red' } });
    const [object] = (await world.from.list({ prefix: '', tags: true, signal })).objects;
    expect(object?.tags).toEqual({ team: 'red' });
  });

  it('marks a tier that nobody set as inferred', async () => {
    const world = get();
    expect(await putSource(world, 'a')).toMatchObject({ tierInferred: true });
  });

  it('refuses to list a container that is not there, and says on which side', async () => {
    const { subject } = get();
    const list = (side: Side): Promise<unknown> =>
      subject.open(subject.source, side).container('none-such').list({ prefix: '', signal });
    expect(await codeOf(list('source'))).toBe('source-container-not-found');
    expect(await codeOf(list('destination'))).toBe('destination-container-not-found');
  });
}

/** One directory of names, and what the service does not have. */
export function directories(get: () => World): void {
  it('lists what lies directly in a directory, page after page', async () => {
    const world = get();
    for (const key of ['a/1', 'a/b/2', 'a/b/3', 'a/c', 'z', 'a//x']) await putSource(world, key);
    const found: string[] = [];
    let token: string | undefined;
    do {
      const more = token === undefined ? {} : { token };
      const page = await world.from.listDirectory({ directory: 'a/', limit: 2, signal, ...more });
      found.push(...page.objects.map(({ key, kind }) => `${key} ${kind ?? 'object'}`));
      token = page.next;
    } while (token !== undefined);
    expect(found.sort()).toEqual(['a// directory', 'a/1 object', 'a/b/ directory', 'a/c object']);
    expect((await world.from.listDirectory({ directory: 'none/', signal })).objects).toEqual([]);
  });

  it('refuses what only files have, without a request', async () => {
    const { to, from } = get();
    const source = from.source('a', '"1"');
    const requests = await countRequests(get(), async () => {
      const refused = [
        to.createFile('a', 1, {}, signal),
        to.putRangeFrom('a', source, { offset: 0, sizeBytes: 1 }, signal),
        to.setFile('a', {}, signal),
        to.listRanges('a', signal),
        to.createDirectory('a/', {}, signal),
        to.setDirectory('a/', {}, signal),
        to.readPermission('1*1', signal),
        to.createPermission('O:SY', signal),
      ];
      for (const request of refused) expect(await codeOf(request)).toBe('unsupported');
    });
    expect(requests).toBe(0);
  });
}

/** Names: found exactly, addressed exactly. */
export function looking(get: () => World): void {
  it('finds exactly the key, with one request', async () => {
    const world = get();
    await putSource(world, 'ab');
    expect(await world.from.stat('a', { signal })).toBeUndefined();
    expect(await countRequests(world, () => world.from.stat('ab', { signal }))).toBe(1);
    expect((await world.from.stat('ab', { signal }))?.key).toBe('ab');
  });

  it.each(['a/../b', 'a//b', 'ü ö/€ 😀', 'a%2Fb', 'a?b#c&d=e', 'a+b', ' lead', 'quote\'s"', 'dir/'])(
    'addresses the name %j as it is',
    async (key) => {
      const world = get();
      const planned = await putSource(world, key);
      expect(planned.key).toBe(key);
      await world.to.copyFrom(key, world.from.source(key, planned.etag), { absent: true }, plain, signal);
      await expectSameBytes(world, key);
      const { objects } = await world.to.list({ prefix: '', signal });
      expect(objects.map((object) => object.key)).toEqual([key]);
    },
  );

  it('refuses names that no URL can carry, before any request', async () => {
    const world = get();
    const requests = await countRequests(world, async () => {
      for (const key of ['.', '..']) {
        expect(await codeOf(world.to.stat(key, { signal }))).toBe('name-not-addressable');
        expect(await codeOf(world.to.delete(key, '"1"', signal))).toBe('name-not-addressable');
        expect(() => world.from.source(key, '"1"')).toThrow(
          expect.objectContaining({ code: 'name-not-addressable' }),
        );
      }
    });
    expect(requests).toBe(0);
  });

  it('refuses a copy source over 2 KiB', () => {
    expect(() => get().from.source('€'.repeat(300), '"1"')).toThrow(
      expect.objectContaining({ code: 'copy-source-too-long' }),
    );
  });
}

/** Containers of an account. */
export function containers(get: () => World): void {
  it('makes a container once and finds it', async () => {
    const { subject } = get();
    const store = subject.open(subject.destination, 'destination');
    expect(await store.containerExists('fresh', signal)).toBe(false);
    expect(await store.createContainer('fresh', signal)).toBe(true);
    expect(await store.createContainer('fresh', signal)).toBe(false);
    expect(await store.containerExists('fresh', signal)).toBe(true);
    const { names } = await store.listContainers(undefined, signal);
    expect(names).toContain('fresh');
    expect(names).toEqual([...names].sort());
  });
}
