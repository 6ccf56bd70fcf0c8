import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectSizes } from '../../../src/job/limits.js';
import { scanGroup, type OpenedPair, type ScanOptions } from '../../../src/plan/scan.js';
import type { SegmentDraft } from '../../../src/plan/segment.js';
import type { ListedObject } from '../../../src/storage/store.js';
import { listed, PagedStore, specOf } from './plan-fixtures.js';
import { drafts, lines, merged, scanOf } from './scan-fixtures.js';

const wide = { operations: 1000, sizeBytes: 1e15, largeObjects: 1000, scanned: 1000 };
const mirror = specOf({ mirror: { maxDeletes: 10, maxDeletePercent: 10 } });

function store(objects: readonly ListedObject[], pageSize = 5000): PagedStore {
  return new PagedStore(objects, { pageSize });
}

function named(...keys: string[]): PagedStore {
  return store(keys.map((key) => listed(key)));
}

async function sizes(sides: OpenedPair[], changes: Partial<ScanOptions>): Promise<number[]> {
  const all = await drafts(scanOf(sides, { spec: mirror, ...changes }));
  expect(all.map(({ cursor }) => cursor === undefined)).toEqual(all.map((_, at) => at === all.length - 1));
  return all.map((draft) => lines(draft).length);
}

describe('scanGroup cuts segments', () => {
  it('at the number of copies, skips between them not counted', async () => {
    const sides = [{ source: named('a', 'b', 'c', 'd', 'e'), destination: named('b') }];
    expect(await sizes(sides, { limits: { ...wide, operations: 2 } })).toEqual([3, 2]);
    expect(await sizes(sides, { limits: { ...wide, operations: 4 } })).toEqual([5]);
    expect(await sizes(sides, { limits: { ...wide, operations: 5 } })).toEqual([5]);
  });

  it('at the bytes of the copies', async () => {
    const sides = [{ source: named('a', 'b', 'c', 'd', 'e'), destination: named() }];
    for (const [sizeBytes, expected] of [
      [19, [2, 2, 1]],
      [20, [2, 2, 1]],
      [21, [3, 2]],
    ] as const) {
      expect(await sizes(sides, { limits: { ...wide, sizeBytes } })).toEqual(expected);
    }
  });

  it('at the number of large objects', async () => {
    const big = ['a', 'b', 'c'].map((key) => listed(key, { sizeBytes: objectSizes.largeBytes + 1 }));
    const sides = [{ source: store(big), destination: named() }];
    expect(await sizes(sides, { limits: { ...wide, largeObjects: 2 } })).toEqual([2, 1]);
    expect(await sizes(sides, { limits: { ...wide, largeObjects: 3 } })).toEqual([3]);
  });

  it('at the number of deletes', async () => {
    const sides = [{ source: named(), destination: named('a', 'b', 'c') }];
    expect(await sizes(sides, { limits: { ...wide, operations: 2 } })).toEqual([2, 1]);
    expect(await sizes(sides, { limits: { ...wide, operations: 3 } })).toEqual([3]);
  });

  it('at the number of objects scanned', async () => {
    const sides = [{ source: named('a', 'b', 'c'), destination: named('a', 'b', 'c') }];
    expect(await sizes(sides, { limits: { ...wide, scanned: 2 } })).toEqual([2, 1]);
    expect(await sizes(sides, { limits: { ...wide, scanned: 3 } })).toEqual([3]);
  });

  it('when it is told to, but never before an object was scanned', async () => {
    const sides = [{ source: named('a', 'b'), destination: named() }];
    expect(await sizes(sides, { shouldFlush: () => true })).toEqual([1, 1]);
  });

  it('between containers too, so that empty ones do not keep it', async () => {
    const empty = { source: named(), destination: named() };
    const all = await drafts(scanOf([empty, empty, empty], { shouldFlush: () => true }));
    expect(all.map(({ cursor }) => cursor?.pair)).toEqual([1, 2, undefined]);
  });

  it('across containers', async () => {
    const sides = [
      { source: named('a'), destination: named() },
      { source: named('a', 'b'), destination: named() },
    ];
    const all = await drafts(scanOf(sides, { limits: { ...wide, operations: 2 } }));
    expect(all.map((draft) => lines(draft))).toEqual([['5 copy a new', '6 copy a new'], ['6 copy b new']]);
    expect(all[0]?.cursor).toMatchObject({ pair: 1, source: { after: 'a' } });
  });

  it('gives up the page under way when nobody wants more', async () => {
    const source = store(
      ['a', 'b', 'c'].map((key) => listed(key)),
      1,
    );
    const options = scanOf([{ source, destination: named() }], { limits: { ...wide, operations: 1 } });
    for await (const draft of scanGroup(options)) {
      expect(lines(draft)).toEqual(['5 copy a new']);
      break;
    }
    expect(source.lists.map(({ signal }) => signal.aborted)).toEqual(source.lists.map(() => true));
    expect(source.lists.length).toBeLessThanOrEqual(3);
  });
});

const key = fc
  .array(fc.constantFrom('a', 'b', '/', 'é', '😀'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));
const object = fc
  .record({
    key,
    sizeBytes: fc.constantFrom(0, 10, 2000, objectSizes.largeBytes + 1),
    tier: fc.constantFrom('Hot', 'Archive'),
    lastModified: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-07-01T00:00:00.000Z'),
  })
  .map(({ key: name, ...changes }) => listed(name, changes));
const objects = fc.uniqueArray(object, { maxLength: 12, selector: ({ key: name }) => name });
const sidesOf = fc.array(
  fc.record({ source: objects, destination: objects, pageSize: fc.integer({ min: 1, max: 5 }) }),
  { maxLength: 3 },
);
const specs = fc.constantFrom(
  specOf(),
  mirror,
  { ...mirror, filters: { exclude: { path: ['a'] } } },
  {
    ...mirror,
    source: {
      kind: 'prefix' as const,
      location: { account: 'one', container: 'from', prefix: '' },
      base: '',
      recursive: false,
    },
  },
);

describe('scanGroup resumed', () => {
  it('plans the same wherever it was cut and from whichever cursor it goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        sidesOf,
        specs,
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (sides, spec, flushes) => {
          const options = (): ScanOptions =>
            scanOf(
              sides.map(({ source, destination, pageSize }) => ({
                source: store(source, pageSize),
                destination: store(destination, pageSize),
              })),
              { spec, limits: wide },
            );
          const whole = await drafts(options());
          expect(whole).toHaveLength(1);
          let asked = 0;
          const shouldFlush = (): boolean => flushes[asked++] ?? false;
          const cut = await drafts({ ...options(), shouldFlush });
          expect(merged(cut)).toEqual(merged(whole));
          for (const [at, draft] of cut.entries()) {
            if (draft.cursor !== undefined) {
              const cursor = JSON.parse(JSON.stringify(draft.cursor)) as typeof draft.cursor;
              const rest = await drafts({ ...options(), cursor });
              expect(merged([...cut.slice(0, at + 1), ...rest])).toEqual(merged(whole));
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('loses and doubles nothing when every segment is made by another process', async () => {
    await fc.assert(
      fc.asyncProperty(sidesOf, fc.integer({ min: 1, max: 4 }), async (sides, scanned) => {
        const made: SegmentDraft[] = [];
        do {
          const cursor = made.at(-1)?.cursor;
          const options = scanOf(
            sides.map(({ source, destination, pageSize }) => ({
              source: store(source, pageSize),
              destination: store(destination, pageSize),
            })),
            { spec: mirror, limits: { ...wide, scanned }, ...(cursor === undefined ? {} : { cursor }) },
          );
          const { value } = await scanGroup(options).next();
          made.push(value as SegmentDraft);
        } while (made.at(-1)?.cursor !== undefined);
        const { listed: count, destinationListed } = merged(made);
        const unique = new Set(lines(merged(made)).map((line) => line.split(' ').slice(0, 3).join(' ')));
        expect(unique.size).toBe(lines(merged(made)).length);
        expect(count).toBe(sides.flatMap(({ source }) => source).length);
        expect(destinationListed).toBe(sides.flatMap(({ destination }) => destination).length);
      }),
    );
  });
});
