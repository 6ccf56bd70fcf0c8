import { describe, expect, it } from 'vitest';
import type { Location } from '../../../src/job/account.js';
import { sourceOverlapsDestination } from '../../../src/plan/overlap.js';

function place(container: string, prefix = '', account = 'one'): Location {
  return { account, container, prefix };
}

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

  it('compares a file by its name without case', () => {
    const at = (prefix: string) => ({ ...place('c', prefix), service: 'files' as const });
    const source = { kind: 'object', location: at('Docs/a.txt'), key: 'Docs/a.txt' } as const;
    expect(sourceOverlapsDestination(source, at('docs/A.TXT'))).toBe(true);
    expect(sourceOverlapsDestination(source, at('docs/b.txt'))).toBe(false);
    expect(sourceOverlapsDestination(source, place('c', 'Docs/a.txt'))).toBe(false);
  });
});
