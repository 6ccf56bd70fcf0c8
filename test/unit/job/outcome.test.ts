import { describe, expect, it } from 'vitest';
import { settledCount, zeroCounts } from '../../../src/job/outcome.js';

describe('counts of outcomes', () => {
  it('add up to nothing at first', () => {
    expect(settledCount(zeroCounts)).toBe(0);
  });

  it('add up every kind of outcome once, and not what was planned', () => {
    const counts = {
      planned: 1000,
      copied: 1,
      skipped: 2,
      deleted: 4,
      failed: 8,
      conflicts: 16,
      notAttempted: 32,
    };
    expect(settledCount(counts)).toBe(63);
  });
});
