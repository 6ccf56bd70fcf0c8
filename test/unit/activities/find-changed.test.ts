import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findChanged } from '../../../src/activities/units/find-changed.js';
import { CopyError } from '../../../src/job/copy-error.js';
import type { Operation } from '../../../src/job/operation.js';
import { type DirectoryPage, runsOf } from '../../../src/plan/tree-pages.js';
import type { ListedObject, ListPage } from '../../../src/storage/store.js';
import { listed } from '../plan/plan-fixtures.js';

/** One directory whose listing is in some order of its own; a marker names the place where a page begins. */
class Directory {
  files: Map<string, string>;
  readonly asked: string[] = [];
  /** Markers of an earlier one are refused. */
  edition = 0;
  readonly #pageSize: number;
  readonly #order: (key: string) => string;

  constructor(files: Iterable<readonly [string, string]>, pageSize: number, order = (key: string) => key) {
    this.files = new Map(files);
    this.#pageSize = pageSize;
    this.#order = order;
  }

  list(token: string | undefined): Promise<ListPage> {
    const [edition, from] = token?.split(' ') ?? [];
    this.asked.push(from ?? 'first');
    if (edition !== undefined && Number(edition) < this.edition) {
      const error = { retryable: false, status: 400, serviceCode: 'InvalidQueryParameterValue' };
      return Promise.reject(new CopyError('bad-request', 'no such marker', error));
    }
    const all = [...this.files].map(([key, etag]): [string, ListedObject] => [
      this.#order(key),
      listed(key, { etag }),
    ]);
    all.sort(([a], [b]) => (a < b ? -1 : 1));
    const rest = all.filter(([place]) => from === undefined || place >= from);
    const next = rest[this.#pageSize]?.[0];
    const objects = rest.slice(0, this.#pageSize).map(([, object]) => object);
    return Promise.resolve(
      next === undefined ? { objects } : { objects, next: `${String(this.edition)} ${next}` },
    );
  }

  look(key: string): Promise<Pick<ListedObject, 'etag'> | undefined> {
    this.asked.push(key);
    const etag = this.files.get(key);
    return Promise.resolve(etag === undefined ? undefined : { etag });
  }

  /** The page of each name, as a plan would note it. */
  async pages(): Promise<ReadonlyMap<string, DirectoryPage>> {
    const found = new Map<string, DirectoryPage>();
    let token: string | undefined;
    for (let index = 0; index === 0 || token !== undefined; index += 1) {
      const page = { directory: '', index, ...(token === undefined ? {} : { token }) };
      const { objects, next } = await this.list(token);
      for (const { key } of objects) found.set(key, page);
      token = next;
    }
    this.asked.length = 0;
    return found;
  }
}

function copyOf([key, etag]: readonly [string, string]): readonly [string, Operation] {
  const lastModified = '2026-01-01T00:00:00.000Z';
  return [
    key,
    { action: 'copy', pair: 0, key, reason: 'new', sizeBytes: 1, etag: `"${etag}"`, lastModified },
  ];
}

function files(count: number, etag = '"1"'): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, (_, index) => [`f${String(index).padStart(4, '0')}`, etag]);
}

function copiesOf(names: readonly string[]): ReadonlyMap<string, Operation> {
  return new Map(names.map((name) => copyOf([name, '1'])));
}

/** A segment with the given names, and the pages that the plan saw them on. */
async function planned(directory: Directory, names: readonly string[]) {
  const pages = await directory.pages();
  const runs = runsOf(new Set(names.flatMap((name) => pages.get(name) ?? [])));
  return { operations: copiesOf(names), runs };
}

function keysOf(operations: readonly Operation[]): readonly string[] {
  return operations.map(({ key }) => key).sort();
}

const name = fc.integer({ min: 0, max: 60 }).map((number) => `n${String(number)}`);

/** A directory at the plan, what a segment copies of it, and what happens to it until the review. */
const story = fc.record({
  names: fc.uniqueArray(name, { minLength: 1, maxLength: 40 }),
  pageSize: fc.integer({ min: 1, max: 7 }),
  isScattered: fc.boolean(),
  segment: fc.func(fc.boolean()),
  removed: fc.uniqueArray(name, { maxLength: 8 }),
  added: fc.uniqueArray(name, { maxLength: 12 }),
  altered: fc.uniqueArray(name, { maxLength: 8 }),
  areRefused: fc.boolean(),
});

describe('looking for changed sources', () => {
  it('finds with the pages of the plan what a listing from the start finds, which is what has changed', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const order = (key: string): string => (told.isScattered ? key.split('').reverse().join('') : key);
        const directory = new Directory(
          told.names.map((key) => [key, '"1"']),
          told.pageSize,
          order,
        );
        const wanted = told.names.filter((key) => told.segment(key));
        const { operations, runs } = await planned(directory, wanted);
        for (const key of told.removed) directory.files.delete(key);
        for (const key of told.added) if (!told.names.includes(key)) directory.files.set(key, '"1"');
        for (const key of told.altered) if (directory.files.has(key)) directory.files.set(key, '"2"');

        const changed = wanted.filter((key) => directory.files.get(key) !== '"1"').sort();
        expect(keysOf(await findChanged(operations, [], directory))).toEqual(changed);
        directory.edition += Number(told.areRefused);
        expect(keysOf(await findChanged(operations, runs, directory))).toEqual(changed);
      }),
      { numRuns: 300 },
    );
  });

  it('lists each page once, whichever segments the directory is cut into at its pages', async () => {
    const directory = new Directory(files(100), 10);
    const all = files(100).map(([key]) => key);
    for (const [from, to] of [
      [0, 30],
      [30, 40],
      [40, 100],
    ] as const) {
      const { operations, runs } = await planned(directory, all.slice(from, to));
      expect(await findChanged(operations, runs, directory)).toEqual([]);
      expect(directory.asked).toHaveLength((to - from) / 10);
    }
  });

  it('lists no page between those that a segment has copied from', async () => {
    const directory = new Directory(files(100), 10);
    const { operations, runs } = await planned(directory, ['f0011', 'f0012', 'f0071', 'f0088']);
    expect(runs).toMatchObject([{ pages: 1 }, { pages: 2 }]);
    expect(await findChanged(operations, runs, directory)).toEqual([]);
    expect(directory.asked).toEqual(['f0010', 'f0070', 'f0080']);
  });

  it('reads one page more when names have moved on, and looks at a single one that is left by its name', async () => {
    const directory = new Directory(files(30), 10);
    const names = files(30).map(([key]) => key);
    const { operations, runs } = await planned(directory, names.slice(10, 20));
    directory.files.set('f0010-a', '"1"');
    expect(await findChanged(operations, runs, directory)).toEqual([]);
    expect(directory.asked).toEqual(['f0010', 'f0019']);
    directory.asked.length = 0;
    directory.files.set('f0010-b', '"1"');
    expect(await findChanged(operations, runs, directory)).toEqual([]);
    expect(directory.asked).toEqual(['f0010', 'f0018']);
  });

  it('looks by name at what is neither here nor there, and lists all again only when that is much', async () => {
    const directory = new Directory(files(200), 50);
    const names = files(200).map(([key]) => key);
    const few = await planned(directory, names.slice(0, 40));
    directory.edition += 1;
    expect(await findChanged(few.operations, few.runs, directory)).toEqual([]);
    expect(directory.asked).toEqual(['first']);

    const later = await planned(directory, names.slice(50, 90));
    directory.edition += 1;
    expect(await findChanged(later.operations, later.runs, directory)).toEqual([]);
    expect(directory.asked).toHaveLength(1 + 40);
    directory.asked.length = 0;

    const full = await planned(directory, names.slice(50, 91));
    directory.edition += 1;
    directory.files = new Map(files(200, '"2"').slice(0, 50));
    expect(keysOf(await findChanged(full.operations, full.runs, directory))).toEqual(names.slice(50, 91));
    expect(directory.asked.slice(0, 2)).toEqual(['f0050', 'first']);
  });

  it('passes on every other trouble', async () => {
    const directory = new Directory(files(30), 10);
    const { operations, runs } = await planned(
      directory,
      files(30)
        .slice(10)
        .map(([key]) => key),
    );
    const broken = (error: Error) => ({
      list: () => Promise.reject(error),
      look: (key: string) => directory.look(key),
    });
    for (const [code, retryable] of [
      ['throttled', true],
      ['aborted', false],
    ] as const) {
      const error = new CopyError(code, 'trouble', { retryable });
      await expect(findChanged(operations, runs, broken(error))).rejects.toThrow('trouble');
    }
    const refused = new CopyError('source-role-missing', 'forbidden', { retryable: false, status: 403 });
    await expect(findChanged(operations, [], broken(refused))).rejects.toThrow('forbidden');
    await expect(findChanged(operations, runs, broken(new RangeError('broken')))).rejects.toThrow('broken');
    expect(directory.asked).toEqual([]);
  });
});
