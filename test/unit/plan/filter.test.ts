import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilterRule, Filters } from '../../../src/job/job-spec.js';
import { checkFilters, compileFilters } from '../../../src/plan/filter.js';
import type { ListedObject } from '../../../src/storage/store.js';
import { listed } from './plan-fixtures.js';

function included(rule: FilterRule, key: string, changes: Partial<ListedObject> = {}): boolean {
  return compileFilters({ include: rule }).passes(listed(key, changes), key);
}

describe('compileFilters', () => {
  it('passes everything without a filter', () => {
    expect(compileFilters({}).passes(listed('a/b'), 'a/b')).toBe(true);
    expect(compileFilters({}).passesName('a/b')).toBe(true);
  });

  it('matches patterns against the last segment only', () => {
    expect(included({ pattern: ['*.jpg', '*.png'] }, 'dir/a.png')).toBe(true);
    expect(included({ pattern: ['*.jpg', '*.png'] }, 'dir.jpg/a.txt')).toBe(false);
    expect(included({ pattern: ['dir/*'] }, 'dir/a')).toBe(false);
    expect(included({ pattern: [] }, 'a')).toBe(false);
  });

  it('G8: matches a path by whole segments, so that dir does not take dir2', () => {
    const filters = compileFilters({ exclude: { path: ['dir', 'a/b/'] } });
    const passing = ['dir2/x', 'dir2', 'dirt', 'x/dir/y', 'a/bc', 'a/b2/c'];
    const excluded = ['dir', 'dir/x', 'dir/x/y', 'a/b', 'a/b/c'];
    expect(passing.filter((key) => !filters.passesName(key))).toEqual([]);
    expect(excluded.filter((key) => filters.passesName(key))).toEqual([]);
  });

  it('takes the characters of a path literally', () => {
    expect(included({ path: ['a*'] }, 'ab')).toBe(false);
    expect(included({ path: ['a*'] }, 'a*/x')).toBe(true);
  });

  it('searches regular expressions anywhere in the relative key', () => {
    expect(included({ regex: ['^2026/.*[0-9]{2}$', 'keep'] }, '2026/x/07')).toBe(true);
    expect(included({ regex: ['^2026/.*[0-9]{2}$', 'keep'] }, 'to/keep/this')).toBe(true);
    expect(included({ regex: ['^2026/'] }, 'x/2026/a')).toBe(false);
  });

  it('answers hostile expressions at once', () => {
    const hostile = compileFilters({ include: { regex: ['^(a+)+$'], pattern: ['*a*a*a*a*a*a*a*a*a*b'] } });
    expect(hostile.passesName('a'.repeat(1023) + '!')).toBe(false);
  });

  it('wants every given field of include and none of exclude', () => {
    const filters: Filters = {
      include: { path: ['dir'], pattern: ['*.jpg'] },
      exclude: { pattern: ['tmp*'], regex: ['/old/'] },
    };
    const { passesName } = compileFilters(filters);
    expect(passesName('dir/a.jpg')).toBe(true);
    expect(passesName('dir/a.png')).toBe(false);
    expect(passesName('other/a.jpg')).toBe(false);
    expect(passesName('dir/tmp.jpg')).toBe(false);
    expect(passesName('dir/old/a.jpg')).toBe(false);
  });

  it('compares tiers without case and misses objects that have none', () => {
    expect(included({ tier: ['hot', 'Cool'] }, 'a', { tier: 'Hot' })).toBe(true);
    expect(included({ tier: ['hot'] }, 'a', { tier: 'Cold' })).toBe(false);
    expect(included({ tier: ['hot'] }, 'a')).toBe(false);
  });

  it('filters by blob type', () => {
    const { passes } = compileFilters({ exclude: { blobType: ['PageBlob', 'AppendBlob'] } });
    expect(passes(listed('a'), 'a')).toBe(true);
    expect(passes(listed('a', { blobType: 'PageBlob' }), 'a')).toBe(false);
  });

  it('compares metadata names without case and values with it', () => {
    const metadata = { Team: 'Blue', extra: 'x' };
    expect(included({ metadata: { team: 'Blue' } }, 'a', { metadata })).toBe(true);
    expect(included({ metadata: { team: 'blue' } }, 'a', { metadata })).toBe(false);
    expect(included({ metadata: { team: 'Blue', missing: '' } }, 'a', { metadata })).toBe(false);
  });

  it('compares tags exactly and misses objects whose tags are unknown', () => {
    expect(included({ tags: { keep: 'yes' } }, 'a', { tags: { keep: 'yes', more: '1' } })).toBe(true);
    expect(included({ tags: { keep: 'yes' } }, 'a', { tags: { Keep: 'yes' } })).toBe(false);
    expect(included({ tags: { keep: 'yes' } }, 'a')).toBe(false);
    expect(included({ tags: { toString: 'x' } }, 'a', { tags: {} })).toBe(false);
  });

  it('takes the size limits themselves', () => {
    const { passes } = compileFilters({ minSizeBytes: 10, maxSizeBytes: 20 });
    const sizes = [9, 10, 20, 21].filter((sizeBytes) => passes(listed('a', { sizeBytes }), 'a'));
    expect(sizes).toEqual([10, 20]);
  });

  it('takes the ends of the modified window themselves', () => {
    const { passes } = compileFilters({
      modifiedAfter: '2026-03-01T12:00:00+02:00',
      modifiedBefore: '2026-03-02',
    });
    const times = [
      '2026-03-01T09:59:59.000Z',
      '2026-03-01T10:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
      '2026-03-02T00:00:01.000Z',
    ];
    expect(times.filter((lastModified) => passes(listed('a', { lastModified }), 'a'))).toEqual(
      times.slice(1, 3),
    );
  });

  it('reads a time without a zone as UTC', () => {
    const { passes } = compileFilters({ modifiedAfter: '2026-03-01T10:00' });
    expect(passes(listed('a', { lastModified: '2026-03-01T10:00:00Z' }), 'a')).toBe(true);
    expect(passes(listed('a', { lastModified: '2026-03-01T09:59:59Z' }), 'a')).toBe(false);
  });

  it('passes a directory without a time unless a time is asked for', () => {
    const directory = listed('a/', { kind: 'directory', lastModified: '' });
    expect(compileFilters({}).passes(directory, 'a/')).toBe(true);
    expect(compileFilters({ modifiedAfter: '2026-03-01' }).passes(directory, 'a/')).toBe(false);
  });

  it('judges names alone for objects without a source', () => {
    const filters = compileFilters({ include: { tier: ['Hot'] }, minSizeBytes: 100 });
    expect(filters.passesName('a')).toBe(true);
    expect(filters.passes(listed('a'), 'a')).toBe(false);
  });

  it('throws bad-request for filters that are not good', () => {
    expect(() => compileFilters({ include: { regex: ['('] } })).toThrow(
      expect.objectContaining({ code: 'bad-request', retryable: false }),
    );
  });
});

describe('checkFilters', () => {
  it('finds nothing wrong with good filters', () => {
    expect(
      checkFilters({
        include: { pattern: ['*'], path: ['a/b/'], regex: ['a|b'] },
        modifiedAfter: '2026-02-28T23:59:59.5Z',
        minSizeBytes: 1,
        maxSizeBytes: 1,
      }),
    ).toEqual([]);
  });

  it('names field, entry and position of each fault', () => {
    const problems = checkFilters({
      include: { pattern: ['*', 'a['], path: ['', '/abs'], regex: ['ok', 'a{2,1}', 'b\\'] },
      exclude: { regex: ['x(?=y)'] },
      modifiedAfter: 'yesterday',
      modifiedBefore: '2026-13-01',
      minSizeBytes: 2,
      maxSizeBytes: 1,
    });
    expect(problems).toMatchObject([
      { field: 'include.path', index: 0, position: 0 },
      { field: 'include.path', index: 1, position: 0 },
      { field: 'include.pattern', index: 1, position: 2 },
      { field: 'include.regex', index: 1, position: 1 },
      { field: 'include.regex', index: 2 },
      { field: 'exclude.regex', index: 0, position: 1 },
      { field: 'modifiedAfter' },
      { field: 'modifiedBefore' },
      { field: 'minSizeBytes' },
    ]);
    expect(problems[4]).not.toHaveProperty('position');
    expect(problems.every(({ detail }) => detail.length > 0)).toBe(true);
  });

  it('answers for any text instead of throwing', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, (pattern, regex, path) => {
        const filters: Filters = { include: { pattern: [pattern], regex: [regex], path: [path] } };
        const good = checkFilters(filters).length === 0;
        const compile = (): boolean => compileFilters(filters).passesName(path);
        expect(good ? typeof compile() : 'refused').toBe(good ? 'boolean' : 'refused');
      }),
    );
  });
});
