import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/job/job-spec.js';
import { laneCount } from '../../../src/plan/lane-count.js';

const gibibyte = 2 ** 30;
const location = { account: 'source', container: 'data', prefix: '' };
const prefix: Source = { kind: 'prefix', location, base: '', recursive: true };

function lanes(sizes: readonly number[], complete = true): number {
  return laneCount({ source: prefix }, { objects: sizes.map((sizeBytes) => ({ sizeBytes })), complete });
}

describe('laneCount', () => {
  it('gives one lane to a job that is one segment, also an empty one', () => {
    expect(lanes([])).toBe(1);
    expect(lanes(Array.from({ length: 5000 }, () => 1))).toBe(1);
  });

  it('gives the usual number when the first page is not all', () => {
    expect(lanes([1], false)).toBe(32);
  });

  it('gives a lane for each run of blocks of large objects and each 64 GiB of small ones', () => {
    expect(lanes([gibibyte])).toBe(1);
    expect(lanes([gibibyte + 1])).toBe(1 + 5);
    expect(lanes([2 * gibibyte])).toBe(1 + 8);
    expect(lanes(Array.from({ length: 129 }, () => gibibyte))).toBe(3);
    expect(lanes([1024 * gibibyte])).toBe(32);
    expect(lanes([Number.MAX_SAFE_INTEGER])).toBe(32);
  });

  it('gives a few lanes to a short list and the usual number to a long one', () => {
    const list = (entries: number): number =>
      laneCount({ source: { kind: 'list', location, entries } }, { objects: [], complete: false });
    expect([0, 1, 8, 9, 5000, 5001].map(list)).toEqual([1, 1, 8, 8, 8, 32]);
  });
});
