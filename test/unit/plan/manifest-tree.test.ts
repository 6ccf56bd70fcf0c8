import { describe, expect, it } from 'vitest';
import type { ManifestRow } from '../../../src/job/manifest.js';
import { isLost } from '../../../src/plan/manifest-object.js';
import { restoredListing } from '../../../src/plan/manifest-listing.js';
import { TreeListing } from '../../../src/plan/tree-listing.js';
import type { ObjectStore } from '../../../src/storage/store.js';
import { listed } from './plan-fixtures.js';
import { TreeStore } from './tree-fixtures.js';

const signal = new AbortController().signal;

function row(key: string, home = 'p1', more: Partial<ManifestRow> = {}): ManifestRow {
  return { key, sizeBytes: 1, etag: `"${key}"`, lastModified: '2026-01-01T00:00:00.000Z', home, ...more };
}

const rows: readonly ManifestRow[] = [
  row('a/'),
  row('a/1', 'p1', { tier: 'Cool' }),
  row('a/2', 'p0'),
  row('b/c/'),
  row('b/c/1'),
  row('b/lost'),
  row('d/', 'p0'),
  row('d/1', 'p0'),
  row('e'),
  row('f/1', 'p1', { tier: 'Archive' }),
];

/** The container as it is: also what is no longer part of the point. */
const stored = ['a/1', 'a/2', 'a/old', 'b/c/1', 'e', 'f/1', 'gone/1'].map((key) =>
  listed(`p1/${key}`, { tier: 'Hot' }),
);

function walked(cuts: readonly number[]): { readonly store: ObjectStore; readonly asked: number[] } {
  const ends = [...cuts, rows.length];
  const asked: number[] = [];
  const store = restoredListing(new TreeStore(stored, 'blob'), { base: 'p1/', home: 'p1' }, (page) => {
    asked.push(page);
    const end = ends[page];
    return Promise.resolve(end === undefined ? undefined : rows.slice(ends[page - 1] ?? 0, end));
  });
  return { store, asked };
}

async function names(store: ObjectStore, directories = true): Promise<readonly string[]> {
  const tree = { order: 'utf8', fold: false, escape: false, mayBeMissing: false, recursive: true } as const;
  const walk = new TreeListing({
    store,
    prefix: 'p1/',
    base: 'p1/',
    tags: false,
    cursor: {},
    missing: false,
    attempt: (request) => request(),
    signal,
    tree: { ...tree, directories },
  });
  const found: string[] = [];
  for (;;) {
    if (walk.needsLoad) await walk.load();
    const { head } = walk;
    if (head === undefined) return found;
    found.push(`${head.key}${isLost(head) ? ' lost' : ''}${head.tier === undefined ? '' : ` ${head.tier}`}`);
    walk.take();
  }
}

describe('a point that is walked as a tree', () => {
  it.each([[[]], [[1, 4]], [[2, 2, 7]], [[3, 9]]])(
    'has the files and directories of this home alone, wherever pages of the manifest end (%j)',
    async (cuts) => {
      expect(await names(walked(cuts).store)).toEqual([
        'p1/a/',
        'p1/a/1 Cool',
        'p1/b/c/',
        'p1/b/c/1 Hot',
        'p1/b/lost lost',
        'p1/e Hot',
        // Nothing is restored into the archive.
        'p1/f/1 Hot',
      ]);
    },
  );

  it('leaves directories out when they are not asked for', async () => {
    expect((await names(walked([]).store, false)).filter((name) => name.endsWith('/'))).toEqual([]);
  });

  it('does not read pages again that end before a directory', async () => {
    const { store, asked } = walked([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await store.listDirectory({ directory: 'p1/', signal });
    asked.length = 0;
    await store.listDirectory({ directory: 'p1/f/', signal });
    expect(asked).toEqual([9, 10]);
    asked.length = 0;
    await store.listDirectory({ directory: 'p1/b/', signal });
    expect(asked).toEqual([3, 4, 5, 6]);
  });
});
