import { describe, expect, it } from 'vitest';
import type { Location } from '../../../src/job/account.js';
import { overlaps, sourceOverlapsDestination } from '../../../src/plan/overlap.js';

function place(container: string, prefix = '', account = 'one'): Location {
  return { account, container, prefix };
}

describe('overlaps', () => {
  it.each([
    ['the same prefix', place('c', 'a/'), place('c', 'a/'), true],
    ['a prefix within a prefix', place('c', 'a/'), place('c', 'a/b/'), true],
    ['prefixes that only share text', place('c', 'a'), place('c', 'ab/'), true],
    ['sibling folders', place('c', 'a/'), place('c', 'ab/'), false],
    ['a whole container', place('c'), place('c', 'x'), true],
    ['two containers', place('c'), place('d'), false],
    ['a whole account', place(''), place('d', 'x'), true],
    ['two accounts', place(''), place('', '', 'two'), false],
  ])('judges %s', (_, a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
    expect(overlaps(b, a)).toBe(expected);
  });
});

describe('sourceOverlapsDestination', () => {
  it('compares a listing by its prefix', () => {
    const source = { kind: 'prefix', location: place('c', 'a/'), base: '', recursive: true } as const;
    expect(sourceOverlapsDestination(source, place('c', 'a/copy/'))).toBe(true);
    expect(sourceOverlapsDestination(source, place('c', 'b/'))).toBe(false);
    expect(sourceOverlapsDestination({ kind: 'account', location: place('') }, place('c'))).toBe(true);
  });

  it('compares a single object by its name', () => {
    const source = { kind: 'object', location: place('c', 'a.txt'), key: 'a.txt' } as const;
    expect(sourceOverlapsDestination(source, place('c', 'a.txt'))).toBe(true);
    expect(sourceOverlapsDestination(source, place('c', 'a.txt.bak'))).toBe(false);
    expect(sourceOverlapsDestination(source, place('d', 'a.txt'))).toBe(false);
    expect(sourceOverlapsDestination(source, place('c', 'a.txt', 'two'))).toBe(false);
  });
});
