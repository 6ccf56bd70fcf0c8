import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyComparator } from '../../../src/plan/key-order.js';
import { TreeListing, type TreeOptions } from '../../../src/plan/tree-listing.js';
import { codeOf } from '../../support/memory-store.js';
import { wholeListing } from './join-fixtures.js';
import { listed } from './plan-fixtures.js';
import { file, TreeStore } from './tree-fixtures.js';

const walk: TreeOptions['tree'] = {
  order: 'utf8',
  fold: false,
  escape: false,
  directories: false,
  recursive: true,
  mayBeMissing: false,
};

function open(store: TreeStore, changes: Partial<TreeOptions> = {}, tree: Partial<TreeOptions['tree']> = {}) {
  return new TreeListing({ store, ...wholeListing, ...changes, tree: { ...walk, ...tree } });
}

interface Seen {
  readonly key: string;
  readonly sortKey: string;
  readonly target: string | undefined;
  readonly collision: string | undefined;
}

async function read(listing: TreeListing, most = Number.POSITIVE_INFINITY): Promise<Seen[]> {
  const seen: Seen[] = [];
  while (seen.length < most) {
    await listing.load();
    const { head, target, collision } = listing;
    if (head === undefined) break;
    expect(listing.lastKnownKey).toBe(listing.sortKey(head));
    seen.push({ key: head.key, sortKey: listing.sortKey(head), target, collision });
    listing.take();
  }
  return seen;
}

async function keys(listing: TreeListing): Promise<string[]> {
  return (await read(listing)).map(({ key }) => key);
}

function share(...names: readonly string[]): TreeStore {
  return new TreeStore(names.map((name) => file(name)));
}

describe('a walk through a tree', () => {
  it('gives the order of flat names, whatever the service lists', async () => {
    const names = ['a', 'a-b', 'a.txt', 'a0', 'b/x', 'b/x/y'.replace('x/', 'z/'), 'b-', 'b0', 'z'];
    expect(await keys(open(share(...names)))).toEqual([...names].sort());
  });

  it('gives the order of flat names for any tree, and goes on from any cursor', async () => {
    const component = fc.constantFrom('a', 'b', 'a-', 'a.', 'a0', 'ü', '😀', '\ue000');
    const path = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 12 }), fc.nat(), async (paths, cut) => {
        const files = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
        const store = share(...files);
        const whole = await read(open(store));
        expect(whole.map(({ key }) => key)).toEqual([...files].sort(keyComparator('utf8')));
        const first = open(store);
        const head = await read(first, files.length === 0 ? 0 : cut % (files.length + 1));
        const rest = await read(open(store, { cursor: first.cursor() }));
        expect([...head, ...rest]).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('lists each directory once, and only what the way from a cursor needs', async () => {
    const store = share('a/1', 'a/2', 'b/c/3', 'b/c/4', 'd/5');
    await read(open(store));
    expect([...store.asked].sort()).toEqual(['', 'a/', 'b/', 'b/c/', 'd/']);
    store.asked.length = 0;
    expect(await keys(open(store, { cursor: { after: 'b/c/3' } }))).toEqual(['b/c/4', 'd/5']);
    expect([...store.asked].sort()).toEqual(['', 'b/', 'b/c/', 'd/']);
  });

  it('asks page after page of a directory, with tags when they are wanted', async () => {
    expect(await keys(open(share('1', '2', '3', '4', '5', '6', '7'), { tags: true }))).toHaveLength(7);
  });

  it('stays below its prefix, and in the first directory when it is not to go deeper', async () => {
    const store = share('x/ab', 'x/ac/1', 'x/b', 'y');
    expect(await keys(open(store, { prefix: 'x/a', base: 'x/' }))).toEqual(['x/ab', 'x/ac/1']);
    expect(await keys(open(store, { prefix: 'x/', base: 'x/' }, { recursive: false }))).toEqual([
      'x/ab',
      'x/b',
    ]);
  });

  it('gives directories before what lies in them, empty ones too, when they count', async () => {
    const store = share('a/1', 'e/', 'b');
    expect(await keys(open(store, {}, { directories: true }))).toEqual(['a/', 'a/1', 'b', 'e/']);
    const after = open(store, { cursor: { after: 'a/' } }, { directories: true });
    expect(await keys(after)).toEqual(['a/1', 'b', 'e/']);
  });

  it('is empty without a request where there is no share', async () => {
    const store = share('a');
    const listing = open(store, { missing: true });
    expect(listing.needsLoad).toBe(false);
    expect(await keys(listing)).toEqual([]);
    expect(store.asked).toEqual([]);
    expect(listing.present('a/b')).toBeUndefined();
    expect(listing.cursor()).toEqual({});
  });

  it('says that the first directory is missing, or takes it for empty', async () => {
    const store = share('a');
    expect(await codeOf(keys(open(store, { prefix: 'no/', base: 'no/' })))).toBe('source-not-found');
    const tolerant = open(store, { prefix: 'no/', base: 'no/' }, { mayBeMissing: true });
    expect(await keys(tolerant)).toEqual([]);
    expect(tolerant.present('x')).toBeUndefined();
  });

  it('takes a directory for empty that goes while it walks', async () => {
    const store = share('a', 'b/c');
    const listing = open(store);
    await listing.load();
    store.objects = [];
    listing.take();
    // It was asked for ahead of the walk, before it went.
    expect(await keys(listing)).toEqual(['b/c']);
    const gone = open(share('a', 'b/c', 'c/1', 'd/1', 'e/1', 'f/1', 'g/1', 'h/1', 'i/1', 'j/1', 'k/1'));
    await gone.load();
    expect((await read(gone)).length).toBe(11);
  });

  it('passes on what else goes wrong', async () => {
    const store = share('a', 'b/c');
    const list = store.listDirectory.bind(store);
    store.listDirectory = (options) =>
      options.directory === 'b/' ? Promise.reject(new RangeError('broken')) : list(options);
    const listing = open(store);
    expect(await read(listing, 1)).toMatchObject([{ key: 'a' }]);
    await expect(keys(listing)).rejects.toThrow('broken');
  });

  it('refuses a directory that is too large to be sorted', async () => {
    const store = share();
    const many = Array.from({ length: 100_001 }, (_, index) => file(String(index)));
    store.listDirectory = ({ token }) =>
      Promise.resolve({ objects: many, ...(token === undefined ? { next: '1' } : {}) });
    expect(await codeOf(keys(open(store)))).toBe('directory-too-large');
  });

  it('tells how many of the directories above a path are there', async () => {
    const listing = open(share('a/b/1', 'a/e/', 'c/2'));
    await listing.load();
    expect(listing.present('a/b/0')).toBe(2);
    expect(listing.present('a/b/x/y')).toBe(2);
    await read(listing);
    expect(listing.present('a/e/1')).toBe(2);
    expect(listing.present('b/1')).toBe(0);
    expect(listing.present('c/9')).toBe(1);
  });

  it('prefetches nothing, and says so at once', () => {
    const listing = open(share('a'));
    let told = 0;
    listing.prefetch(() => {
      told += 1;
    });
    listing.prefetch();
    expect(told).toBe(1);
  });

  it('knows the sort key of its head only', async () => {
    const listing = open(share('dir/a'), { base: 'dir/', prefix: 'dir/' });
    await listing.load();
    expect(listing.sortKey(file('dir/else'))).toBe('else');
  });
});

describe('a walk for a destination without case', () => {
  const fold = { fold: true, escape: false };

  it('lets the first of two names have it, files before directories', async () => {
    const seen = await read(open(share('A', 'a', 'B/x', 'b/y', 'c', 'C/z'), {}, fold));
    const told = seen.map(({ key, collision }) => [key, collision]);
    expect(Object.fromEntries(told)).toEqual({
      A: undefined,
      a: 'case-collision',
      'B/x': undefined,
      'b/y': 'case-collision',
      c: undefined,
      'C/z': 'file-and-directory',
    });
    const order = seen.map(({ sortKey }) => sortKey);
    expect(order).toEqual([...order].sort(keyComparator('utf8')));
    expect(new Set(order).size).toBe(order.length);
  });

  it('writes names as the destination takes them when asked, and keeps apart what only case tells apart', async () => {
    const names = ['a:b', 'A', 'a', '%61', '1', 'x//y'];
    const store = new TreeStore(
      names.map((name) => listed(name)),
      'blob',
    );
    const seen = await read(open(store, {}, { fold: true, escape: true }));
    expect(Object.fromEntries(seen.map(({ key, target }) => [key, target]))).toEqual({
      'a:b': 'a%3Ab',
      A: undefined,
      a: '%61',
      '%61': '%2561',
      '1': undefined,
      'x//y': 'x/%/y',
    });
    expect(seen.every(({ collision }) => collision === undefined)).toBe(true);
  });

  it('says so where even that does not help', async () => {
    const twins = new TreeStore([listed('ß'), listed('SS'), listed('ss')], 'blob');
    const seen = await read(open(twins, {}, { fold: true, escape: true }));
    expect(seen.map(({ target }) => target)).toEqual(expect.arrayContaining([undefined]));
    const stuck = new TreeStore([listed('1'), listed('1/x')], 'blob');
    expect(
      (await read(open(stuck, {}, { fold: true, escape: true }))).map(({ collision }) => collision),
    ).toEqual([undefined, 'file-and-directory']);
  });
});

describe('objects that stand for directories', () => {
  it('are directories of that name, once, and never objects in them', async () => {
    const folder = { sizeBytes: 0, metadata: { hdi_isfolder: 'true' } };
    const store = new TreeStore(
      [listed('a', folder), listed('a/1'), listed('b/', { sizeBytes: 0 }), listed('c', { sizeBytes: 0 })],
      'blob',
    );
    expect(await keys(open(store, {}, { directories: true }))).toEqual(['a/', 'a/1', 'b/', 'c']);
    expect(await keys(open(store))).toEqual(['a/1', 'c']);
  });

  it('are objects without a name when they have content', async () => {
    const store = new TreeStore([listed('b/', { sizeBytes: 5 })], 'blob');
    expect(await keys(open(store))).toEqual(['b/']);
  });
});
