import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectProperties, StringMap } from '../../src/job/operation.js';
import type { Side } from '../../src/storage/side.js';
import type { AccountStore, BlockStore, ListedObject, WriteSettings } from '../../src/storage/store.js';
import { codeOf } from '../support/memory-store.js';

/** What the contract puts past the store under test. */
export interface ContractPut {
  readonly body: string;
  readonly properties?: ObjectProperties;
  readonly metadata?: StringMap;
  readonly tags?: StringMap;
  readonly tier?: string;
}

/** An implementation under test, with two accounts and the means to look behind it. */
export interface ContractSubject {
  readonly source: string;
  readonly destination: string;
  open(account: string, side?: Side): AccountStore;
  put(account: string, container: string, key: string, object: ContractPut): Promise<void>;
  /** Equal for two objects exactly when their bytes are equal. */
  content(account: string, container: string, key: string): Promise<string>;
  /** Requests that the store under test has sent so far. */
  requests(): number;
  close(): Promise<void>;
}

interface World {
  readonly subject: ContractSubject;
  readonly from: BlockStore;
  readonly to: BlockStore;
  readonly names: { readonly from: string; readonly to: string };
}

const signal = new AbortController().signal;
const plain: WriteSettings = { copyProperties: true };
const blockId = (index: number): string =>
  Buffer.from(`block-${String(index).padStart(10, '0')}`).toString('base64');

/** Runs the promises of `storage/store.ts` against an implementation. */
export function objectStoreContract(name: string, openSubject: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of an object store`, () => {
    let subject: ContractSubject;
    let number = 0;
    let world: World;
    beforeAll(async () => {
      subject = await openSubject();
    });
    afterAll(() => subject.close());
    beforeEach(async () => {
      number += 1;
      const names = { from: `from-${String(number)}`, to: `to-${String(number)}` };
      const accounts = [
        subject.open(subject.source, 'source'),
        subject.open(subject.destination, 'destination'),
      ];
      const [source, destination] = accounts;
      if (source === undefined || destination === undefined) throw new Error('two accounts were opened');
      await source.createContainer(names.from, signal);
      await destination.createContainer(names.to, signal);
      world = { subject, names, from: source.container(names.from), to: destination.container(names.to) };
    });
    const get = (): World => world;
    listing(get);
    looking(get);
    copying(get);
    deleting(get);
    blocks(get);
    containers(get);
  });
}

async function putSource(
  world: World,
  key: string,
  object: ContractPut = { body: 'hello' },
): Promise<ListedObject> {
  await world.subject.put(world.subject.source, world.names.from, key, object);
  const found = await world.from.stat(key, { tags: true, signal });
  if (found === undefined) throw new Error(`${key} was just put`);
  return found;
}

async function putDestination(world: World, key: string, body = 'old'): Promise<ListedObject> {
  await world.subject.put(world.subject.destination, world.names.to, key, { body });
  const found = await world.to.stat(key, { signal });
  if (found === undefined) throw new Error(`${key} was just put`);
  return found;
}

async function expectSameBytes(world: World, key: string, copy = key): Promise<void> {
  const { subject, names } = world;
  expect(await subject.content(subject.destination, names.to, copy)).toBe(
    await subject.content(subject.source, names.from, key),
  );
}

async function countRequests(world: World, action: () => Promise<unknown>): Promise<number> {
  const before = world.subject.requests();
  await action();
  return world.subject.requests() - before;
}

function listing(get: () => World): void {
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

function looking(get: () => World): void {
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

function copying(get: () => World): void {
  it('copies content, properties and metadata with one request', async () => {
    const world = get();
    const properties = { contentType: 'text/css', contentEncoding: 'gzip' };
    const planned = await putSource(world, 'a', { body: 'body', properties, metadata: { FooBar: 'x' } });
    const source = world.from.source('a', planned.etag);
    expect(
      await countRequests(world, () => world.to.copyFrom('b', source, { absent: true }, plain, signal)),
    ).toBe(1);
    await expectSameBytes(world, 'a', 'b');
    expect(await world.to.stat('b', { signal })).toMatchObject({
      properties,
      metadata: { FooBar: 'x' },
      md5: planned.md5,
    });
  });

  it('answers a write with the version that now stands there', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    const receipt = await world.to.copyFrom(
      'a',
      world.from.source('a', planned.etag),
      { absent: true },
      plain,
      signal,
    );
    const found = await world.to.stat('a', { signal });
    expect(receipt).toMatchObject({ etag: found?.etag, lastModified: found?.lastModified });
    expect(receipt.requestId).not.toBe('');
  });

  it('sets what is asked instead of what the source has', async () => {
    const world = get();
    const planned = await putSource(world, 'a', {
      body: 'x',
      properties: { contentType: 'a/b', cacheControl: 'c' },
      metadata: { A: '1' },
    });
    const settings: WriteSettings = {
      copyProperties: false,
      properties: { contentType: 'x/y' },
      metadata: { Beta: '2' },
      tier: 'Cool',
      tags: { t: '1' },
    };
    await world.to.copyFrom('a', world.from.source('a', planned.etag), { absent: true }, settings, signal);
    const found = await world.to.stat('a', { tags: true, signal });
    expect(found).toMatchObject({
      properties: { contentType: 'x/y' },
      metadata: { Beta: '2' },
      tier: 'Cool',
      tags: { t: '1' },
    });
    expect(found?.properties.cacheControl).toBeUndefined();
  });

  it('copies an empty object', async () => {
    const world = get();
    const planned = await putSource(world, 'a', { body: '' });
    await world.to.copyFrom('a', world.from.source('a', planned.etag), { absent: true }, plain, signal);
    expect(await world.to.stat('a', { signal })).toMatchObject({ sizeBytes: 0 });
  });

  it('copies only the version of the source that it was told', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    await putSource(world, 'a', { body: 'changed' });
    const copy = world.to.copyFrom(
      'a',
      world.from.source('a', planned.etag),
      { absent: true },
      plain,
      signal,
    );
    expect(await codeOf(copy)).toBe('source-changed');
    expect(await world.to.stat('a', { signal })).toBeUndefined();
  });

  it('overwrites only the version of the destination that it was told', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    const old = await putDestination(world, 'a');
    const source = world.from.source('a', planned.etag);
    expect(await codeOf(world.to.copyFrom('a', source, { absent: true }, plain, signal))).toBe(
      'destination-exists',
    );
    expect(await codeOf(world.to.copyFrom('a', source, { etag: '"0x1"' }, plain, signal))).toBe(
      'destination-changed',
    );
    await world.to.copyFrom('a', source, { etag: old.etag }, plain, signal);
    await expectSameBytes(world, 'a');
  });

  it('says what of the source is gone', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    const copy = (source: BlockStore, key: string): Promise<unknown> =>
      world.to.copyFrom('x', source.source(key, planned.etag), { absent: true }, plain, signal);
    // With a condition on it, an object that is gone may also be refused as changed; a look at the source tells.
    expect(['source-not-found', 'source-changed']).toContain(await codeOf(copy(world.from, 'gone')));
    const { subject } = world;
    const elsewhere = subject.open(subject.source, 'source').container('none-such');
    expect(await codeOf(copy(elsewhere, 'a'))).toBe('source-container-not-found');
  });

  it('says that the destination container is gone', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    const { subject } = world;
    const nowhere = subject.open(subject.destination, 'destination').container('none-such');
    const copy = nowhere.copyFrom('a', world.from.source('a', planned.etag), { absent: true }, plain, signal);
    expect(await codeOf(copy)).toBe('destination-container-not-found');
  });

  it('gives up when the signal has fired', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    const source = world.from.source('a', planned.etag);
    const copy = world.to.copyFrom('a', source, { absent: true }, plain, AbortSignal.abort());
    expect(await codeOf(copy)).toBe('aborted');
  });
}

function deleting(get: () => World): void {
  it('deletes only the version that it was told', async () => {
    const world = get();
    const old = await putDestination(world, 'a', 'one');
    const present = await putDestination(world, 'a', 'two');
    expect(await codeOf(world.to.delete('a', old.etag, signal))).toBe('destination-changed');
    await world.to.delete('a', present.etag, signal);
    expect(await world.to.stat('a', { signal })).toBeUndefined();
  });

  it('says that there is nothing to delete', async () => {
    expect(await codeOf(get().to.delete('a', '"0x1"', signal))).toBe('destination-changed');
  });
}

function blocks(get: () => World): void {
  it('has no blocks of an object that is not there', async () => {
    expect(await get().to.listBlocks('a', signal)).toEqual({ committed: [], uncommitted: [] });
  });

  it('stages ranges, lists them and puts them together in the given order', async () => {
    const world = get();
    const planned = await putSource(world, 'a', { body: '0123456789' });
    const source = world.from.source('a', planned.etag);
    await world.to.stageFrom('b', blockId(1), source, { offset: 6, sizeBytes: 4 }, signal);
    await world.to.stageFrom('b', blockId(0), source, { offset: 0, sizeBytes: 6 }, signal);
    expect(await world.to.stat('b', { signal })).toBeUndefined();
    const staged = await world.to.listBlocks('b', signal);
    expect(staged.committed).toEqual([]);
    expect([...staged.uncommitted].sort((left, right) => left.id.localeCompare(right.id))).toEqual([
      { id: blockId(0), sizeBytes: 6 },
      { id: blockId(1), sizeBytes: 4 },
    ]);
    const settings: WriteSettings = {
      copyProperties: false,
      properties: { contentType: 'x/y' },
      metadata: { FooBar: '1' },
      md5: planned.md5 ?? '',
      tier: 'Cool',
      tags: { t: '1' },
    };
    const ids = [blockId(0), blockId(1)];
    const receipt = await world.to.commit('b', ids, { absent: true }, settings, signal);
    await expectSameBytes(world, 'a', 'b');
    expect(await world.to.stat('b', { tags: true, signal })).toMatchObject({
      etag: receipt.etag,
      properties: { contentType: 'x/y' },
      metadata: { FooBar: '1' },
      md5: planned.md5,
      tier: 'Cool',
      tags: { t: '1' },
    });
    const after = await world.to.listBlocks('b', signal);
    expect(after.committed.map((block) => block.id)).toEqual(ids);
    expect(after.uncommitted).toEqual([]);
    expect(after.etag).toBe(receipt.etag);
  });

  it('stages only from the version of the source that it was told', async () => {
    const world = get();
    const planned = await putSource(world, 'a', { body: '0123456789' });
    await putSource(world, 'a', { body: 'abcdefghij' });
    const source = world.from.source('a', planned.etag);
    const stage = world.to.stageFrom('b', blockId(0), source, { offset: 0, sizeBytes: 5 }, signal);
    expect(await codeOf(stage)).toBe('source-changed');
  });

  it('refuses to commit blocks that are not there', async () => {
    const commit = get().to.commit('b', [blockId(7)], { absent: true }, { copyProperties: false }, signal);
    expect(await codeOf(commit)).toBe('invalid-block-list');
  });

  it('commits only over the version of the destination that it was told', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    await putDestination(world, 'b');
    const settings = { copyProperties: false };
    await world.to.stageFrom(
      'b',
      blockId(0),
      world.from.source('a', planned.etag),
      { offset: 0, sizeBytes: 5 },
      signal,
    );
    expect(await codeOf(world.to.commit('b', [blockId(0)], { absent: true }, settings, signal))).toBe(
      'destination-exists',
    );
    expect(await codeOf(world.to.commit('b', [blockId(0)], { etag: '"0x1"' }, settings, signal))).toBe(
      'destination-changed',
    );
  });

  it('refuses block ids of another length beside staged ones', async () => {
    const world = get();
    const planned = await putSource(world, 'a');
    const source = world.from.source('a', planned.etag);
    await world.to.stageFrom('b', blockId(0), source, { offset: 0, sizeBytes: 5 }, signal);
    await expect(
      world.to.stageFrom('b', 'QQ==', source, { offset: 0, sizeBytes: 5 }, signal),
    ).rejects.toMatchObject({ code: 'bad-request', serviceCode: 'InvalidBlobOrBlock' });
  });

  it('commits an empty list as an empty object', async () => {
    const world = get();
    await world.to.commit('b', [], { absent: true }, { copyProperties: false }, signal);
    expect(await world.to.stat('b', { signal })).toMatchObject({ sizeBytes: 0 });
  });
}

function containers(get: () => World): void {
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
