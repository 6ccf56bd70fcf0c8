import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectSizes } from '../../../src/job/limits.js';
import type { ScanOptions } from '../../../src/plan/scan.js';
import type { SegmentLimits } from '../../../src/plan/segment-builder.js';
import type { ListedPages, SegmentDraft } from '../../../src/plan/segment.js';
import { runsOf } from '../../../src/plan/tree-pages.js';
import type { ListedObject } from '../../../src/storage/store.js';
import { listed, PagedStore } from './plan-fixtures.js';
import { drafts, scanOf } from './scan-fixtures.js';
import { file, TreeStore } from './tree-fixtures.js';

const wide: SegmentLimits = { operations: 1000, sizeBytes: 1e15, largeObjects: 1000, scanned: 1000 };
const later = '2026-02-01T00:00:00.000Z';

/** A share that lists three entries a page, the last names first: a token is the number of entries before its page. */
function share(objects: readonly ListedObject[], isFrozen = false): TreeStore {
  const store = new TreeStore(objects);
  return isFrozen ? Object.assign(store, { capabilities: { ...store.capabilities, frozen: true } }) : store;
}

function named(...names: readonly string[]): readonly ListedObject[] {
  return names.map((name) => file(name));
}

function scan(
  source: TreeStore,
  limits: Partial<SegmentLimits> = {},
  destination: readonly ListedObject[] = [],
  changes: Partial<ScanOptions> = {},
): Promise<SegmentDraft[]> {
  const sides = [{ source, destination: new PagedStore(destination) }];
  return drafts(scanOf(sides, { limits: { ...wide, ...limits }, ...changes }));
}

function copied(parts: readonly SegmentDraft[]): readonly string[] {
  return parts.map(({ copies }) => copies.map(({ key }) => key).join(' '));
}

describe('a segment of a walk', () => {
  it('says on which pages its copies were listed, where a directory has several', async () => {
    const source = share(named('a/1', 'a/2', 'b/1', 'b/2', 'b/3', 'b/4', 'b/5', 'c'));
    const [draft, ...more] = await scan(source);
    expect(more).toEqual([]);
    expect(draft?.sourcePages).toEqual([{ pair: 5, directory: 'b/', runs: [{ pages: 2 }] }]);
  });

  it('says nothing of pages that it has copied nothing from, and begins anew after a page between', async () => {
    const there = ['f1', 'f4', 'f5', 'f6', 'f7'].map((key) => listed(key, { lastModified: later }));
    const [draft] = await scan(share(named('f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8')), {}, there);
    // Pages: f8 f7 f6 · f5 f4 f3 · f2 f1.
    expect(draft?.copies.map(({ key }) => key)).toEqual(['f2', 'f3', 'f8']);
    expect(draft?.sourcePages?.[0]?.runs).toEqual([{ pages: 3 }]);
    const gap = ['f3', 'f4', 'f5'].map((key) => listed(key, { lastModified: later }));
    const [split] = await scan(share(named('f1', 'f2', 'f3', 'f4', 'f5', 'f6')), {}, gap);
    expect(split?.sourcePages?.[0]?.runs).toEqual([{ pages: 2 }]);
    const between = await scan(share(named('f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7')), {}, [
      ...['f2', 'f3', 'f4'].map((key) => listed(key, { lastModified: later })),
    ]);
    expect(between[0]?.sourcePages?.[0]?.runs).toEqual([{ pages: 1 }, { token: '6', pages: 1 }]);
  });

  it('says nothing of directories and large files, which nobody lists again, nor of a snapshot', async () => {
    const large = file('b', {}, { sizeBytes: objectSizes.largeBytes + 1 });
    const source = share([...named('a/x', 'c/x', 'd/x'), large]);
    const [draft] = await scan(source, {}, [], {
      spec: { ...scanOf([]).spec, emptyDirectories: true },
    });
    expect(draft?.copies.map(({ kind }) => kind)).toContain('directory');
    expect(draft).not.toHaveProperty('sourcePages');
    const names = named('1', '2', '3', '4');
    expect((await scan(share(names)))[0]).toHaveProperty('sourcePages');
    expect((await scan(share(names, true)))[0]).not.toHaveProperty('sourcePages');
  });

  it('names the page of each of its copies, whatever is cut and skipped', async () => {
    const path = fc
      .tuple(fc.constantFrom('', 'a/', 'a/b/', 'c/'), fc.integer({ min: 0, max: 30 }))
      .map(([directory, number]) => `${directory}f${String(number)}`);
    const story = fc.record({
      names: fc.uniqueArray(path, { maxLength: 40 }),
      isThere: fc.func(fc.boolean()),
      operations: fc.integer({ min: 1, max: 9 }),
      scanned: fc.integer({ min: 3, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ names, isThere, operations, scanned }) => {
        const there = names.filter((name) => isThere(name)).sort();
        const source = share(named(...names));
        const parts = await scan(
          source,
          { operations, scanned },
          there.map((key) => listed(key, { lastModified: later })),
        );
        expect(parts.flatMap(({ copies }) => copies)).toHaveLength(names.length - there.length);
        for (const { copies, sourcePages } of parts) {
          for (const { key } of copies) expect(await isNamed(source, key, sourcePages), key).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** True when the listing of the key's directory is one page, or the key is on a page that is named. */
async function isNamed(
  source: TreeStore,
  key: string,
  sourcePages: readonly ListedPages[] = [],
): Promise<boolean> {
  const directory = key.slice(0, key.lastIndexOf('/') + 1);
  const signal = new AbortController().signal;
  if ((await source.listDirectory({ directory, signal })).next === undefined) return true;
  const found = new Set<string>();
  for (const run of sourcePages.find((pages) => pages.directory === directory)?.runs ?? []) {
    let token = run.token;
    for (let page = 0; page < run.pages; page += 1) {
      const from = token === undefined ? {} : { token };
      const { objects, next } = await source.listDirectory({ directory, signal, ...from });
      for (const object of objects) found.add(object.key);
      token = next;
    }
  }
  return found.has(key);
}

describe('a segment ends where a page begins', () => {
  const eight = named('f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8');

  it('that has no room in it, when most of what came before is copied', async () => {
    // Pages in the order of the walk: f1 f2 · f3 f4 f5 · f6 f7 f8.
    expect(copied(await scan(share(eight), { operations: 4 }))).toEqual(['f1 f2', 'f3 f4 f5', 'f6 f7 f8']);
    expect(copied(await scan(share(eight), { operations: 5 }))).toEqual(['f1 f2 f3 f4 f5', 'f6 f7 f8']);
    expect(copied(await scan(share(eight), { sizeBytes: 49 }))).toEqual(['f1 f2', 'f3 f4 f5', 'f6 f7 f8']);
    expect(copied(await scan(share(eight), { scanned: 4 }))).toEqual(['f1 f2', 'f3 f4 f5', 'f6 f7 f8']);
  });

  it('but not before a page that no segment has room for, nor in a snapshot', async () => {
    expect(copied(await scan(share(eight), { operations: 2 }))).toEqual(['f1 f2', 'f3 f4', 'f5 f6', 'f7 f8']);
    expect(copied(await scan(share(eight), { sizeBytes: 29 }))).toEqual(['f1 f2 f3', 'f4 f5 f6', 'f7 f8']);
    expect(copied(await scan(share(eight, true), { operations: 4 }))).toEqual(['f1 f2 f3 f4', 'f5 f6 f7 f8']);
  });

  it('and not where little is copied, of which a page may need little room', async () => {
    const there = ['f1', 'f3', 'f4'].map((key) => listed(key, { lastModified: later }));
    // The limit itself still ends a segment, within a page, too.
    expect(copied(await scan(share(eight), { operations: 3 }, there))).toEqual(['f2', 'f5 f6 f7', 'f8']);
    const most = ['f1', 'f3', 'f4', 'f5'].map((key) => listed(key, { lastModified: later }));
    expect(copied(await scan(share(eight), { operations: 3 }, most))).toEqual(['f2', 'f6 f7 f8']);
  });

  it('by the bytes of what is no large file', async () => {
    const large = file('f4', {}, { sizeBytes: objectSizes.largeBytes + 1 });
    const parts = await scan(share([...eight.slice(0, 3), large, ...eight.slice(4)]), { sizeBytes: 45 });
    expect(copied(parts)).toEqual(['f1 f2 f3 f5', 'f6 f7 f8']);
  });
});

describe('runs of pages', () => {
  it('are of neighbours, in the order of the listing', () => {
    const page = (index: number) => ({
      directory: 'd/',
      index,
      ...(index === 0 ? {} : { token: `t${String(index)}` }),
    });
    expect(runsOf([])).toEqual([]);
    expect(runsOf([5, 1, 0, 3, 6].map(page))).toEqual([
      { pages: 2 },
      { token: 't3', pages: 1 },
      { token: 't5', pages: 2 },
    ]);
  });
});
