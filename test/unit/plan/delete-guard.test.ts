import { describe, expect, it } from 'vitest';
import { judgeDeletes, type DeletePlan } from '../../../src/plan/delete-guard.js';

function judge(changes: Partial<DeletePlan>): string {
  const judgement = judgeDeletes({
    deletes: 0,
    sourceListed: 100,
    destinationListed: 1000,
    guard: { maxDeletes: 500, maxDeletePercent: 10 },
    ...changes,
  });
  return judgement.ok ? 'ok' : judgement.reason;
}

describe('judgeDeletes', () => {
  it('lets a plan without deletes pass, also with an empty source', () => {
    expect(judge({ deletes: 0, sourceListed: 0 })).toBe('ok');
  });

  it('lets a whole folder go when it holds no more than was put there', () => {
    const guard = { maxDeletes: 500, maxDeletePercent: 100 };
    const prune = { isPrune: true, sourceListed: 0, destinationListed: 500, guard };
    expect(judge({ ...prune, deletes: 500 })).toBe('ok');
    expect(judge({ ...prune, deletes: 501 })).toBe('too-many-deletes');
  });

  it('G2: refuses even one delete for an empty source listing', () => {
    expect(judge({ deletes: 1, sourceListed: 0 })).toBe('source-empty');
    expect(judge({ deletes: 1, sourceListed: 1 })).toBe('ok');
    const lenient = { maxDeletes: 1e9, maxDeletePercent: 100 };
    expect(judge({ deletes: 1, sourceListed: 0, guard: lenient })).toBe('source-empty');
  });

  it.each([
    [99, 'ok'],
    [100, 'ok'],
    [101, 'too-large-share'],
  ])('judges %d deletes of 1,000 against 10 percent', (deletes, expected) => {
    expect(judge({ deletes })).toBe(expected);
  });

  it.each([
    [499, 'ok'],
    [500, 'ok'],
    [501, 'too-many-deletes'],
  ])('judges %d deletes against 500', (deletes, expected) => {
    expect(judge({ deletes, destinationListed: 1_000_000 })).toBe(expected);
  });

  it.each([
    [19, 'ok'],
    [20, 'ok'],
    [21, 'too-large-share'],
  ])('looks at the share of %d deletes only above 20', (deletes, expected) => {
    expect(judge({ deletes, destinationListed: 21 })).toBe(expected);
  });

  it('refuses by count also below 21 deletes', () => {
    expect(judge({ deletes: 1, guard: { maxDeletes: 0, maxDeletePercent: 100 } })).toBe('too-many-deletes');
  });

  it('does not lose an exact share to rounding', () => {
    const guard = { maxDeletes: 1000, maxDeletePercent: 7 };
    expect(judge({ deletes: 49, destinationListed: 700, guard })).toBe('ok');
    expect(judge({ deletes: 50, destinationListed: 700, guard })).toBe('too-large-share');
    expect(judge({ deletes: 700, destinationListed: 700, guard: { ...guard, maxDeletePercent: 100 } })).toBe(
      'ok',
    );
  });

  it('says with figures why it refuses', () => {
    const judgement = judgeDeletes({
      deletes: 30,
      sourceListed: 5,
      destinationListed: 35,
      guard: { maxDeletes: 100, maxDeletePercent: 50 },
    });
    expect(judgement).toMatchObject({
      text: 'the plan would delete 30 of 35 objects at the destination, more than the 50 % allowed',
    });
  });
});
