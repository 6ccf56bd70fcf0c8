import { expect, it } from 'vitest';
import type { WriteSettings } from '../../src/storage/store.js';
import { codeOf } from '../support/memory-store.js';
import { expectSameBytes, putDestination, putSource, signal } from './contract-world.js';
import type { World } from './contract-world.js';

const blockId = (index: number): string =>
  Buffer.from(`block-${String(index).padStart(10, '0')}`).toString('base64');

/** Objects put together from blocks. */
export function blocks(get: () => World): void {
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
