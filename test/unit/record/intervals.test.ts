import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Intervals,
  addTo,
  coarsen,
  firstOf,
  removeFrom,
  sizeOf,
} from '../../../src/record/intervals.js';

const numbers = fc.array(fc.nat(60), { maxLength: 40 });

function expand(intervals: Intervals): readonly number[] {
  return intervals.flatMap(([from, to]) => Array.from({ length: to - from }, (_, step) => from + step));
}

function intervalsOf(values: readonly number[]): Intervals {
  return values.reduce<Intervals>((intervals, value) => addTo(intervals, value), []);
}

describe('intervals', () => {
  it('hold exactly the numbers that were added and not removed, in ascending disjoint ranges', () => {
    fc.assert(
      fc.property(numbers, numbers, (added, removed) => {
        const intervals = removed.reduce<Intervals>(
          (left, value) => removeFrom(left, value),
          intervalsOf(added),
        );
        const expected = [...new Set(added)]
          .filter((value) => !removed.includes(value))
          .sort((a, b) => a - b);
        expect(expand(intervals)).toEqual(expected);
        expect(sizeOf(intervals)).toBe(expected.length);
        expect(firstOf(intervals)).toBe(expected[0]);
        for (const [index, [from]] of intervals.entries())
          expect(from).toBeGreaterThan(intervals[index - 1]?.[1] ?? -1);
      }),
    );
  });

  it('keep every number and few ranges when they are coarsened', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 5 }), (added, most) => {
        const coarse = coarsen(intervalsOf(added), most);
        expect(coarse.length).toBeLessThanOrEqual(most);
        expect(expand(coarse)).toEqual(expect.arrayContaining([...new Set(added)]));
      }),
    );
  });
});
