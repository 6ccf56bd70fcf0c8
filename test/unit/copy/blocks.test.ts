import { describe, expect, it } from 'vitest';
import { commitBlocks, missingBlocks, stageBlocks } from '../../../src/copy/blocks.js';
import { createWindow } from '../../../src/copy/throttle.js';
import { refusal, throttled } from '../../support/memory-faults.js';
import { codeOf } from '../../support/memory-store.js';
import { createFixture, mebibyte, planBlocks } from './fixture.js';

const large = { sizeBytes: 2000 * mebibyte, content: 'v1' };

describe('stageBlocks', () => {
  it('G3: lists once, stages what is missing, four at a time', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks.slice(0, 10), context());
    cloud.reset();
    const result = await stageBlocks(operation, blocks, context());
    expect(result).toEqual({
      staged: 22,
      stagedBytes: 22 * 64 * mebibyte - 48 * mebibyte,
      present: 10,
      remaining: 0,
    });
    expect(cloud.count('listBlocks')).toBe(1);
    expect(cloud.count('stageFrom')).toBe(22);
    expect(cloud.peakInFlight).toBe(4);
  });

  it('asks nothing when the uncommitted blocks are given', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    const uncommitted = blocks.slice(1).map(({ id, sizeBytes }) => ({ id, sizeBytes }));
    expect(await stageBlocks(operation, blocks, { ...context(), uncommitted })).toMatchObject({ staged: 1 });
    expect(cloud.count()).toBe(1);
  });

  it('keeps to the window of the slice', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const window = createWindow({ start: 2, max: 2 });
    await stageBlocks(operation, planBlocks(operation), { ...context(), uncommitted: [], window });
    expect(cloud.peakInFlight).toBe(2);
  });

  it('takes as many blocks at once as there is room, asked between blocks', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const room = [2, 2, 2, 9, 9, 1];
    const seen: number[] = [];
    const blocksAtOnce = (): number => {
      seen.push(cloud.peakInFlight);
      return room.length > 1 ? (room.shift() ?? 1) : 1;
    };
    const result = await stageBlocks(operation, planBlocks(operation), {
      ...context({ blocksAtOnce }),
      uncommitted: [],
    });
    expect(result).toMatchObject({ staged: 32, remaining: 0 });
    expect(cloud.peakInFlight).toBeGreaterThan(2);
    expect(cloud.peakInFlight).toBeLessThanOrEqual(9);
    expect(seen.length).toBeGreaterThan(32);
  });

  it('uses the whole window of the slice when it is alone, as that grows', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const window = createWindow({ start: 2, max: 12 });
    await window.run(() =>
      stageBlocks(operation, planBlocks(operation), {
        ...context({
          blocksAtOnce: () => window.share,
          onResult: (result) => {
            window.onResult(result);
          },
        }),
        uncommitted: [],
      }),
    );
    expect(cloud.count('stageFrom')).toBe(32);
    expect(cloud.peakInFlight).toBe(12);
  });

  it('stops between blocks and says what is left', async () => {
    const { plan, context } = createFixture();
    const operation = plan('a', large);
    let looks = 0;
    const result = await stageBlocks(
      operation,
      planBlocks(operation),
      context({ shouldStop: () => (looks += 1) > 5 }),
    );
    expect(result).toMatchObject({ staged: 5, remaining: 27 });
  });

  it('G1: throws source-changed when the source is another version, and stages no more', async () => {
    const { cloud, source, plan, context } = createFixture();
    const operation = plan('a', large);
    source.put('c', 'in/a', { ...large, content: 'v2' });
    expect(await codeOf(stageBlocks(operation, planBlocks(operation), context()))).toBe('source-changed');
    expect(cloud.count('stageFrom')).toBe(4);
  });

  it('prefers the refusal that says why over a failure that merely repeated', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const budget = { maxFailures: 1, maxTotalDelayMs: 0, firstDelayMs: 0, maxDelayMs: 0 };
    cloud.fault({ on: 'stageFrom', error: throttled() });
    cloud.fault({ on: 'stageFrom', error: refusal('source-changed', 412, 'SourceConditionNotMet') });
    expect(await codeOf(stageBlocks(operation, planBlocks(operation), context({ budget })))).toBe(
      'source-changed',
    );
  });
});

describe('missingBlocks', () => {
  it('counts a block of another size as missing and ignores foreign ones', () => {
    const blocks = [
      { id: 'a', offset: 0, sizeBytes: 5 },
      { id: 'b', offset: 5, sizeBytes: 5 },
      { id: 'c', offset: 10, sizeBytes: 5 },
    ];
    const staged = [
      { id: 'a', sizeBytes: 5 },
      { id: 'b', sizeBytes: 4 },
      { id: 'x', sizeBytes: 5 },
    ];
    expect(missingBlocks(blocks, staged)).toEqual([1, 2]);
  });
});

describe('commitBlocks', () => {
  it('compares the uncommitted list, then commits', async () => {
    const { cloud, source, destination, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    cloud.reset();
    expect(await commitBlocks(operation, blocks, context())).toMatchObject({
      outcome: 'copied',
      reason: 'new',
    });
    expect(cloud.requests.map((request) => request.call)).toEqual(['listBlocks', 'commit']);
    expect(destination.object('d', 'out/a')?.content).toEqual(source.object('c', 'in/a')?.content);
  });

  it('names the blocks that are missing and commits nothing', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks.slice(2), context());
    expect(await commitBlocks(operation, blocks, context())).toEqual({ missing: [0, 1] });
    expect(cloud.count('commit')).toBe(0);
  });

  it('never adopts blocks of an older version of the source', async () => {
    const { source, plan, context } = createFixture();
    const operation = plan('a', large);
    await stageBlocks(operation, planBlocks(operation), context());
    const etag = source.put('c', 'in/a', { ...large, content: 'v2' });
    const blocks = planBlocks({ ...operation, etag });
    const outcome = await commitBlocks({ ...operation, etag }, blocks, context());
    expect(outcome).toEqual({ missing: blocks.map((_, index) => index) });
  });

  it('counts a commit whose reply was lost', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    cloud.fault({ on: 'commit', lostReply: true });
    expect(await commitBlocks(operation, blocks, context())).toMatchObject({ outcome: 'copied' });
    expect(cloud.count('commit')).toBe(2);
  });

  it('can be repeated after it has succeeded', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    await commitBlocks(operation, blocks, context());
    cloud.reset();
    expect(await commitBlocks(operation, blocks, context({ rerun: true }))).toMatchObject({
      outcome: 'copied',
    });
    expect(cloud.count('commit')).toBe(0);
  });

  it('adopts the commit of a second worker that was given the same object', async () => {
    const { destination, cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    expect(await commitBlocks(operation, blocks, { ...context(), justStaged: true })).toMatchObject({
      outcome: 'copied',
    });
    const etag = destination.object('d', 'out/a')?.etag;
    cloud.reset();
    expect(await commitBlocks(operation, blocks, { ...context(), justStaged: true })).toMatchObject({
      outcome: 'copied',
    });
    expect(cloud.count('commit')).toBe(1);
    expect(destination.object('d', 'out/a')?.etag).toBe(etag);
  });

  it('reports a conflict when somebody else wrote the destination', async () => {
    const { destination, cloud, plan, context } = createFixture();
    const operation = plan('a', large);
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    cloud.fault({
      on: 'commit',
      before: () => {
        destination.put('d', 'out/a');
      },
    });
    expect(await commitBlocks(operation, blocks, context())).toMatchObject({
      outcome: 'conflict',
      reason: 'destination-exists',
    });
  });

  it('names the missing blocks when they vanish between comparison and commit', async () => {
    const { destination, cloud, plan, context } = createFixture();
    const operation = plan('a', { sizeBytes: 100 * mebibyte });
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    cloud.fault({
      on: 'commit',
      before: () => {
        destination.put('d', 'out/a');
        destination.remove('d', 'out/a');
      },
    });
    expect(await commitBlocks(operation, blocks, context())).toEqual({ missing: [0, 1] });
  });

  it('keeps the first refusal when the lists cannot be read either', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a', { sizeBytes: 100 * mebibyte });
    const blocks = planBlocks(operation);
    await stageBlocks(operation, blocks, context());
    cloud.fault({ on: 'commit', error: refusal('invalid-block-list', 400, 'InvalidBlockList') });
    cloud.fault({
      on: 'listBlocks',
      skip: 1,
      error: refusal('destination-forbidden', 403, 'AuthorizationFailure'),
    });
    expect(await commitBlocks(operation, blocks, context())).toMatchObject({
      outcome: 'failed',
      reason: 'invalid-block-list',
    });
  });
});
