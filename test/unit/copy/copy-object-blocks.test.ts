import { describe, expect, it } from 'vitest';
import { copyObject } from '../../../src/copy/copy-object.js';
import { refusal } from '../../support/memory-faults.js';
import { codeOf } from '../../support/memory-store.js';
import { createFixture, mebibyte, planBlocks } from './fixture.js';

const medium = { sizeBytes: 300 * mebibyte, content: 'v1' };

describe('copyObject by blocks', () => {
  it.each([
    [-1, 0],
    [0, 0],
    [1, 5],
  ])('takes one request up to the limit and blocks above it (%i byte)', async (delta, blocks) => {
    const { cloud, source, destination, plan, context } = createFixture();
    const operation = plan('a', { sizeBytes: 256 * mebibyte + delta });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(cloud.count('stageFrom')).toBe(blocks);
    expect(cloud.count()).toBe(blocks === 0 ? 1 : blocks + 1);
    expect(destination.object('d', 'out/a')?.content).toEqual(source.object('c', 'in/a')?.content);
  });

  it('works with a single-shot limit below the block size (AzCopy failed every object)', async () => {
    const { cloud, destination, plan, context } = createFixture();
    const settings = { ...context().settings, singleShotBytes: 1 };
    expect(await copyObject(plan('a', { sizeBytes: 10 }), context({ settings }))).toMatchObject({
      outcome: 'copied',
    });
    expect(cloud.count('stageFrom')).toBe(1);
    expect(destination.object('d', 'out/a')?.sizeBytes).toBe(10);
  });

  it('gives the object the properties, metadata, MD5, tier and tags that the operation carries', async () => {
    const { destination, plan, context } = createFixture();
    const operation = plan(
      'a',
      { ...medium, tier: 'Cool', tags: { t: '1' } },
      { properties: { contentType: 'video/mp4' }, metadata: { Foo: 'Bar' } },
    );
    await copyObject(operation, context());
    expect(destination.object('d', 'out/a')).toMatchObject({
      md5: operation.md5,
      tier: 'Cool',
      tags: { t: '1' },
      properties: { contentType: 'video/mp4' },
      metadata: { Foo: 'Bar' },
    });
  });

  it('never mixes versions when the source is overwritten half way (AzCopy did)', async () => {
    const { cloud, source, destination, plan, context } = createFixture();
    const operation = plan('a', medium);
    cloud.fault({
      on: 'stageFrom',
      skip: 2,
      before: () => {
        source.put('c', 'in/a', { ...medium, content: 'v2' });
      },
    });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(destination.object('d', 'out/a')?.content).toEqual(source.object('c', 'in/a')?.content);
  });

  it('stages only what is missing when it resumes (AzCopy staged all again)', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', medium);
    let looks = 0;
    const stopping = context({ shouldStop: () => (looks += 1) > 3 });
    expect(await codeOf(copyObject(operation, stopping))).toBe('aborted');
    expect(cloud.count('stageFrom')).toBe(3);
    cloud.reset();
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({ outcome: 'copied' });
    expect(cloud.count('stageFrom')).toBe(2);
  });

  it('finds its own commit on a rerun and stages nothing', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', medium);
    await copyObject(operation, context());
    cloud.reset();
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({
      outcome: 'copied',
      reason: 'new',
    });
    expect(cloud.requests.map((request) => request.call)).toEqual(['listBlocks']);
  });

  it('copies in one request when foreign blocks stand in the way', async () => {
    const { cloud, destination, plan, context } = createFixture();
    const operation = plan('a', medium);
    const foreign = context().source.source('in/a', operation.etag);
    await context().destination.stageFrom(
      'out/a',
      'QQ==',
      foreign,
      { offset: 0, sizeBytes: 1 },
      new AbortController().signal,
    );
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(cloud.count('copyFrom')).toBe(1);
    expect(destination.uncommitted('d', 'out/a')).toEqual([]);
  });

  it('stages again what vanished before the commit', async () => {
    const { cloud, destination, plan, context } = createFixture();
    const operation = plan('a', medium);
    cloud.fault({
      on: 'commit',
      before: () => {
        destination.put('d', 'out/a');
        destination.remove('d', 'out/a');
      },
    });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(cloud.count('stageFrom')).toBe(10);
  });

  it('reports blocks that vanish again and again', async () => {
    const { cloud, destination, plan, context } = createFixture();
    cloud.fault({
      on: 'commit',
      times: Infinity,
      before: () => {
        destination.put('d', 'out/a');
        destination.remove('d', 'out/a');
      },
    });
    expect(await copyObject(plan('a', medium), context())).toMatchObject({
      outcome: 'failed',
      reason: 'invalid-block-list',
    });
  });

  it('drops metadata that must not be kept, which one request cannot', async () => {
    const { destination, plan, context } = createFixture();
    const settings = { ...context().settings, preserveMetadata: false };
    await copyObject(plan('a', { metadata: { secret: '1' } }, { metadata: {} }), context({ settings }));
    await copyObject(
      plan('empty', { sizeBytes: 0, metadata: { secret: '1' } }, { metadata: {} }),
      context({ settings }),
    );
    expect(destination.object('d', 'out/a')).toMatchObject({ metadata: {}, sizeBytes: 10 });
    expect(destination.object('d', 'out/empty')).toMatchObject({ metadata: {}, sizeBytes: 0 });
  });

  it('looks at the version of an empty object, which no block can pin', async () => {
    const { source, destination, plan, context } = createFixture();
    const settings = { ...context().settings, preserveMetadata: false };
    const operation = plan('a', { sizeBytes: 0, metadata: { secret: '1' } }, { metadata: {} });
    source.put('c', 'in/a', { sizeBytes: 5, metadata: { secret: '2' } });
    expect(await copyObject(operation, context({ settings }))).toMatchObject({
      outcome: 'copied',
      sizeBytes: 5,
    });
    expect(destination.object('d', 'out/a')).toMatchObject({ sizeBytes: 5, metadata: {} });
  });

  it('reports a refused block once all blocks in flight have ended', async () => {
    const { cloud, plan, context } = createFixture();
    cloud.fault({
      on: 'stageFrom',
      skip: 1,
      error: refusal('destination-role-missing', 403, 'AuthorizationPermissionMismatch'),
    });
    expect(await copyObject(plan('a', { sizeBytes: 1024 * mebibyte }), context())).toMatchObject({
      outcome: 'failed',
      reason: 'destination-role-missing',
    });
    expect(cloud.count('stageFrom')).toBeLessThan(
      planBlocks(plan('b', { sizeBytes: 1024 * mebibyte })).length,
    );
  });
});
