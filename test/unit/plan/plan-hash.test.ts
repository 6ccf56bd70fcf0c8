import { describe, expect, it } from 'vitest';
import { planHash } from '../../../src/plan/plan-hash.js';

describe('planHash', () => {
  it('is the same for the same segments in the same order', () => {
    expect(planHash(['a', 'b'])).toBe(planHash(['a', 'b']));
    expect(planHash([])).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with order, content and number of segments', () => {
    const plans = [[], [''], ['a', 'b'], ['b', 'a'], ['ab'], ['a'], ['a', 'b', ''], ['a","b']];
    expect(new Set(plans.map((plan) => planHash(plan))).size).toBe(plans.length);
  });
});
