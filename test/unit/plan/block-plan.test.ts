import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockId, blockRange, planBlocks, planRuns } from '../../../src/plan/block-plan.js';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const block = 64 * mebibyte;
const biggestBlock = 4000 * mebibyte;

describe('planBlocks', () => {
  it.each([
    [0, 0],
    [1, 1],
    [block - 1, 1],
    [block, 1],
    [block + 1, 2],
    [2 * block, 2],
  ])('cuts %d bytes into %d blocks of 64 MiB', (sizeBytes, blocks) => {
    expect(planBlocks(sizeBytes)).toEqual({ sizeBytes, blockSizeBytes: block, blocks });
  });

  it('takes the block size that is asked for', () => {
    expect(planBlocks(10, 3)).toEqual({ sizeBytes: 10, blockSizeBytes: 3, blocks: 4 });
    expect(planBlocks(gibibyte, 8 * mebibyte).blocks).toBe(128);
  });

  it.each([
    [45_000 * block - 1, block, 45_000],
    [45_000 * block, block, 45_000],
    [45_000 * block + 1, 2 * block, 22_501],
    [45_000 * 2 * block, 2 * block, 45_000],
    [45_000 * 2 * block + 1, 3 * block, 30_001],
    [45_000 * 62 * block, 62 * block, 45_000],
    [45_000 * 62 * block + 1, biggestBlock, 44_641],
  ])('grows blocks in steps of 64 MiB: %d bytes', (sizeBytes, blockSizeBytes, blocks) => {
    expect(planBlocks(sizeBytes)).toEqual({ sizeBytes, blockSizeBytes, blocks });
  });

  it('grows a block size that is too small for the object', () => {
    expect(planBlocks(45_000 * 1000, 1000).blockSizeBytes).toBe(1000);
    expect(planBlocks(45_000 * 1000 + 1, 1000).blockSizeBytes).toBe(block);
  });

  it('caps the block size at 4,000 MiB and takes up to 50,000 of them', () => {
    expect(planBlocks(biggestBlock, biggestBlock - 1).blockSizeBytes).toBe(biggestBlock - 1);
    expect(planBlocks(biggestBlock, biggestBlock).blockSizeBytes).toBe(biggestBlock);
    expect(planBlocks(biggestBlock, biggestBlock + 1).blockSizeBytes).toBe(biggestBlock);
    expect(planBlocks(50_000 * biggestBlock - 1).blocks).toBe(50_000);
    expect(planBlocks(50_000 * biggestBlock).blocks).toBe(50_000);
    expect(planBlocks(50_000 * biggestBlock, biggestBlock).blocks).toBe(50_000);
    expect(() => planBlocks(50_000 * biggestBlock + 1)).toThrow(
      expect.objectContaining({ code: 'too-large', retryable: false }),
    );
  });

  it('covers every byte once', () => {
    const size = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1000, max: 20_000 }), (sizeBytes, blockSizeBytes) => {
        const plan = planBlocks(sizeBytes, blockSizeBytes);
        let offset = 0;
        for (let index = 0; index < plan.blocks; index += 1) {
          const range = blockRange(plan, index);
          expect(range.offset).toBe(offset);
          expect(range.sizeBytes).toBeGreaterThan(0);
          offset += range.sizeBytes;
        }
        expect(offset).toBe(sizeBytes);
      }),
    );
  });
});

describe('blockRange', () => {
  it('gives the last block what is left', () => {
    const plan = planBlocks(10, 4);
    expect([0, 1, 2].map((index) => blockRange(plan, index))).toEqual([
      { offset: 0, sizeBytes: 4 },
      { offset: 4, sizeBytes: 4 },
      { offset: 8, sizeBytes: 2 },
    ]);
  });

  it.each([-1, 3, 0.5])('refuses block %d of three', (index) => {
    expect(() => blockRange(planBlocks(10, 4), index)).toThrow(RangeError);
  });
});

describe('planRuns', () => {
  it('gives every lane a run between the limits', () => {
    expect(planRuns(planBlocks(64 * gibibyte), 32)).toEqual({ runBlocks: 32, runs: 32 });
    expect(planRuns(planBlocks(64 * gibibyte + 1), 32)).toEqual({ runBlocks: 33, runs: 32 });
  });

  it('makes no run below 256 MiB', () => {
    expect(planRuns(planBlocks(2 * gibibyte - block), 8)).toEqual({ runBlocks: 4, runs: 8 });
    expect(planRuns(planBlocks(2 * gibibyte), 8)).toEqual({ runBlocks: 4, runs: 8 });
    expect(planRuns(planBlocks(2 * gibibyte + 1), 8)).toEqual({ runBlocks: 5, runs: 7 });
    expect(planRuns(planBlocks(gibibyte + 1), 96)).toEqual({ runBlocks: 4, runs: 5 });
    expect(planRuns(planBlocks(gibibyte, 100 * mebibyte), 96)).toEqual({ runBlocks: 3, runs: 4 });
  });

  it('makes no run above 64 GiB', () => {
    const atLimit = 64 * gibibyte;
    expect(planRuns(planBlocks(atLimit - block), 1)).toEqual({ runBlocks: 1023, runs: 1 });
    expect(planRuns(planBlocks(atLimit), 1)).toEqual({ runBlocks: 1024, runs: 1 });
    expect(planRuns(planBlocks(atLimit + 1), 1)).toEqual({ runBlocks: 1024, runs: 2 });
  });

  it('counts in whole blocks also when one block is a run', () => {
    expect(planRuns(planBlocks(50_000 * biggestBlock), 96)).toEqual({ runBlocks: 16, runs: 3125 });
    expect(planRuns(planBlocks(2 * biggestBlock, biggestBlock), 96)).toEqual({ runBlocks: 1, runs: 2 });
  });
});

describe('blockId', () => {
  it('is twelve bytes of the hash and a big-endian index', () => {
    const id = Buffer.from(blockId('job', 'a/b', '"1"', 64, 0x01020304), 'base64');
    const hash = createHash('sha256')
      .update(JSON.stringify(['job', 'a/b', '"1"', 64]))
      .digest();
    expect(id.subarray(0, 12).equals(hash.subarray(0, 12))).toBe(true);
    expect([...id.subarray(12)]).toEqual([1, 2, 3, 4]);
  });

  it('has one length for every index', () => {
    for (const index of [0, 1, 49_999, 2 ** 32 - 1]) {
      expect(blockId('job', 'k', '"1"', 64, index)).toHaveLength(24);
    }
  });

  it('G3: is the same for the same work and another for any other', () => {
    const ids = [
      blockId('job', 'k', '"1"', 64, 0),
      blockId('job2', 'k', '"1"', 64, 0),
      blockId('job', 'k2', '"1"', 64, 0),
      blockId('job', 'k', '"2"', 64, 0),
      blockId('job', 'k', '"1"', 65, 0),
      blockId('job', 'k', '"1"', 64, 1),
      blockId('jobk', '', '"1"', 64, 0),
      blockId('job","k', '', '"1"', 64, 0),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(blockId('job', 'k', '"1"', 64, 0)).toBe(ids[0]);
  });
});
