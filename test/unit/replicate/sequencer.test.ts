import { describe, expect, it } from 'vitest';
import { compareSequencers } from '../../../src/replicate/sequencer.js';

describe('compareSequencers', () => {
  it.each([
    [
      '00000000000000000000000000000EB00000000000046199',
      '00000000000000000000000000000EB0000000000004619A',
      -1,
    ],
    ['00000000000000000000000000000EB0', '00000000000000000000000000000eb0', 0],
    ['10', '0F', 1],
  ])('orders %s and %s', (left, right, sign) => {
    expect(Math.sign(compareSequencers(left, right) ?? NaN)).toBe(sign);
    expect(Math.sign(compareSequencers(right, left) ?? NaN)).toBe(sign === 0 ? 0 : -sign);
  });

  it.each([
    [undefined, 'a1'],
    ['a1', undefined],
    ['', 'a1'],
    ['not hex', 'a1'],
    ['zz', 'a1'],
    // Neither as text nor as numbers: which of the two was meant is not said anywhere.
    ['0000000000000000000000000000000000000000000000000001', '00000000000000000000000000000EB0'],
    ['EB0', '00000000000000000000000000000eb0'],
  ])('knows no order of %s and %s', (left, right) => {
    expect(compareSequencers(left, right)).toBeUndefined();
  });
});
