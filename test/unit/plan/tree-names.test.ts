import { describe, expect, it } from 'vitest';
import { sortEntries } from '../../../src/plan/tree-names.js';
import type { ListedObject } from '../../../src/storage/store.js';

const names = { order: 'utf8', fold: true, escape: false } as const;

function object(key: string): ListedObject {
  const common = {
    etag: '"1"',
    lastModified: '',
    blobType: 'BlockBlob',
    properties: {},
    metadata: {},
  } as const;
  return { ...common, key, sizeBytes: 1, ...(key.endsWith('/') ? { kind: 'directory' } : {}) };
}

function collisions(
  keys: readonly string[],
  escape = false,
): readonly (readonly [string, string | undefined])[] {
  const entries = sortEntries(
    keys.map((key) => object(`d/${key}`)),
    'd/',
    { ...names, escape },
  );
  return entries.map(({ target, collision }) => [target, collision]);
}

describe('names of one directory that meet but for case', () => {
  it('keep the first, and the others collide', () => {
    expect(collisions(['b', 'a', 'A'])).toEqual([
      ['A', undefined],
      ['a', 'case-collision'],
      ['b', undefined],
    ]);
  });

  it('meet as the service compares them: upper case, character by character', () => {
    const apart = ['straße', 'strasse', '\u00c5ngström', '\u212bngström', 'ﬁ', 'FI'];
    expect(collisions(apart).every(([, collision]) => collision === undefined)).toBe(true);
    expect(collisions(['Ñandú', 'ñANDÚ'])).toEqual([
      ['Ñandú', undefined],
      ['ñANDÚ', 'case-collision'],
    ]);
  });

  it('collide as a file and a directory', () => {
    expect(collisions(['x/', 'X'])).toEqual([
      ['X', undefined],
      ['x', 'file-and-directory'],
    ]);
  });

  it('are told apart by an encoded letter when they are escaped, where they have one', () => {
    expect(
      collisions(['a', 'A', 'a:', 'A:'], true)
        .map(([target]) => target)
        .sort(),
    ).toEqual(['%61', '%61%3A', 'A', 'A%3A'].sort());
  });

  it('are as they are where case tells names apart', () => {
    const entries = sortEntries([object('d/a'), object('d/A')], 'd/', { ...names, fold: false });
    expect(entries.map(({ sortName }) => sortName)).toEqual(['A', 'a']);
  });
});
