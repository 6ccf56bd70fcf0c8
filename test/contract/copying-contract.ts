import { expect, it } from 'vitest';
import type { ContainerStore, WriteSettings } from '../../src/storage/store.js';
import { codeOf } from '../support/memory-store.js';
import {
  countRequests,
  expectSameBytes,
  plain,
  putDestination,
  putSource,
  signal,
} from './contract-world.js';
import type { World } from './contract-world.js';

/** Whole objects by one request, pinned at both ends. */
export function copying(get: () => World): void {
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
    const copy = (source: ContainerStore, key: string): Promise<unknown> =>
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

/** Deletes, pinned. */
export function deleting(get: () => World): void {
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
