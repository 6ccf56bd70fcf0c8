import { describe, expect, it } from 'vitest';
import type { ManifestRow } from '../../../src/job/manifest.js';
import { emptyListing, manifestListing, restoredListing } from '../../../src/plan/manifest-listing.js';
import { homeOf, isLost, type ReadManifestPage } from '../../../src/plan/manifest-object.js';
import type { ListedObject, ListPage, ObjectStore } from '../../../src/storage/store.js';

const signal = new AbortController().signal;

function row(key: string, home = 'p1'): ManifestRow {
  return { key, sizeBytes: 1, etag: `"${key}"`, lastModified: '2026-01-01T00:00:00.000Z', home };
}

function object(key: string): ListedObject {
  const { home: _, ...rest } = row(key);
  return { ...rest, etag: `"copy of ${key}"`, blobType: 'BlockBlob', properties: {}, metadata: {} };
}

/** A container that lists `keys`, some at a time, and says what else it is asked. */
function container(
  keys: readonly string[],
  pageObjects = 2,
): { readonly store: ObjectStore; readonly asked: string[] } {
  const asked: string[] = [];
  const note = (what: string): never => {
    asked.push(what);
    return undefined as never;
  };
  return {
    asked,
    store: {
      account: 'to',
      container: 'backups',
      capabilities: { order: 'utf8' } as ObjectStore['capabilities'],
      list: ({ token = '0' }): Promise<ListPage> => {
        const from = Number(token);
        const next = from + pageObjects < keys.length ? { next: String(from + pageObjects) } : {};
        return Promise.resolve({ objects: keys.slice(from, from + pageObjects).map(object), ...next });
      },
      listDirectory: () => Promise.reject(new Error('not asked')),
      stat: (key) => Promise.resolve(note(`stat ${key}`)),
      source: (key) => note(`source ${key}`),
      copyFrom: (key) => Promise.resolve(note(`copy ${key}`)),
      delete: (key) => Promise.resolve(note(`delete ${key}`)),
    },
  };
}

function pagesOf(...pages: readonly (readonly ManifestRow[])[]): ReadManifestPage {
  return (page) => Promise.resolve(pages[page]);
}

/** Every page of a listing, going on from tokens alone. */
async function pagesFrom(store: ObjectStore, prefix: string): Promise<readonly (readonly ListedObject[])[]> {
  const pages: (readonly ListedObject[])[] = [];
  let token: string | undefined;
  do {
    const page: ListPage = await store.list({ prefix, signal, ...(token === undefined ? {} : { token }) });
    pages.push(page.objects);
    token = page.next;
  } while (token !== undefined);
  return pages;
}

describe('the listing of a manifest', () => {
  it('tells what the last backup has, as it was at the source, page by page', async () => {
    const store = manifestListing(
      container([]).store,
      'new/',
      pagesOf([row('a'), row('b', 'p0')], [], [row('c')]),
    );
    const objects = (await pagesFrom(store, 'new/')).flat();
    expect(objects.map(({ key, etag }) => `${key} ${etag}`)).toEqual(['new/a "a"', 'new/b "b"', 'new/c "c"']);
    expect(objects.map(homeOf)).toEqual(['p1', 'p0', 'p1']);
    expect(homeOf(object('a'))).toBe('');
  });

  it('is narrowed by a prefix', async () => {
    const store = manifestListing(container([]).store, 'new/', pagesOf([row('a/1'), row('b/1')]));
    expect((await pagesFrom(store, 'new/b')).flat().map(({ key }) => key)).toEqual(['new/b/1']);
  });

  it('is a container for everything else', async () => {
    const { store, asked } = container([]);
    const listing = manifestListing(store, '', pagesOf());
    await listing.stat('k', { signal });
    listing.source('k', '"e"');
    await listing.copyFrom('k', { url: '', etag: '' }, { absent: true }, { copyProperties: true }, signal);
    await listing.delete('k', '"e"', signal);
    expect(asked).toEqual(['stat k', 'source k', 'copy k', 'delete k']);
    await expect(listing.listDirectory({ directory: '', signal })).rejects.toMatchObject({
      code: 'unsupported',
    });
  });
});

describe('the listing of what is restored', () => {
  const keys = (pages: readonly (readonly ListedObject[])[]): readonly string[] =>
    pages.flat().map((one) => `${one.key}${isLost(one) ? ' lost' : ''}`);
  const place = { base: 'p1/', home: 'p1' };

  it('has the objects whose home the folder is, wherever pages end', async () => {
    const stored = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const rows = [row('a'), row('b', 'p0'), row('d'), row('e'), row('f', 'p2'), row('g')];
    for (const pageObjects of [1, 2, 3, 10]) {
      for (const cut of [1, 2, 4, 6]) {
        const { store } = container(
          stored.map((key) => `p1/${key}`),
          pageObjects,
        );
        const listing = restoredListing(store, place, pagesOf(rows.slice(0, cut), rows.slice(cut)));
        expect(keys(await pagesFrom(listing, 'p1/'))).toEqual(['p1/a', 'p1/d', 'p1/e', 'p1/g']);
      }
    }
  });

  it('names what is lost, in order, at the end too', async () => {
    const { store } = container(['p1/b', 'p1/d'], 1);
    const rows = pagesOf([row('a'), row('b')], [row('c')], [row('d'), row('e'), row('x', 'p0')]);
    expect(keys(await pagesFrom(restoredListing(store, place, rows), 'p1/'))).toEqual([
      'p1/a lost',
      'p1/b',
      'p1/c lost',
      'p1/d',
      'p1/e lost',
    ]);
  });

  it('of an empty folder has only what is lost', async () => {
    const listing = restoredListing(container([]).store, place, pagesOf([row('a')]));
    expect(keys(await pagesFrom(listing, 'p1/'))).toEqual(['p1/a lost']);
  });

  it('goes on behind a page without objects', async () => {
    const { store } = container(['p1/a']);
    const pages: readonly ListPage[] = [{ objects: [], next: '1' }, { objects: [object('p1/a')] }];
    const sparse = {
      ...store,
      list: ({ token = '0' }) => Promise.resolve(pages[Number(token)] ?? { objects: [] }),
    };
    const listing = restoredListing(sparse, place, pagesOf([row('a')]));
    expect(keys(await pagesFrom(listing, 'p1/'))).toEqual(['p1/a']);
  });
});

describe('the listing of nothing', () => {
  it('has no object, whatever the container has', async () => {
    const { store, asked } = container(['a']);
    const listing = emptyListing(store);
    expect(await pagesFrom(listing, '')).toEqual([[]]);
    expect(await listing.stat('a', { signal })).toBeUndefined();
    expect(await listing.listDirectory({ directory: '', signal })).toEqual({ objects: [] });
    expect(asked).toEqual([]);
  });
});
