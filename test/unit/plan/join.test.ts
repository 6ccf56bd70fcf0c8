import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Join, type JoinedRow } from '../../../src/plan/join.js';
import type { ListingOptions } from '../../../src/plan/listing.js';
import type { SideCursor } from '../../../src/plan/segment.js';
import { listed, PagedStore, type PagedStoreOptions } from './plan-fixtures.js';

const signal = new AbortController().signal;

function store(keys: readonly string[], options?: PagedStoreOptions): PagedStore {
  return new PagedStore(
    keys.map((key) => listed(key)),
    options,
  );
}

function side(of: PagedStore, changes: Partial<ListingOptions> = {}): ListingOptions {
  return {
    store: of,
    prefix: '',
    base: '',
    tags: false,
    cursor: {},
    missing: false,
    attempt: (request) => request(),
    signal,
    ...changes,
  };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(5, '0'));
}

async function drain(join: Join, limit = Infinity): Promise<JoinedRow[]> {
  const rows: JoinedRow[] = [];
  for (let row = await join.peek(); row !== undefined && rows.length < limit; row = await join.peek()) {
    join.take(row);
    rows.push(row);
  }
  return rows;
}

function shape(rows: readonly JoinedRow[]): string[] {
  return rows.map(
    ({ key, source, destination }) =>
      `${source === undefined ? '' : 's'}${destination === undefined ? '' : 'd'} ${key}`,
  );
}

describe('Join', () => {
  it('merges both sides by relative key', async () => {
    const source = store(['from/a', 'from/c', 'from/d', 'other']);
    const destination = store(['to/b', 'to/c', 'to/e', 'zzz']);
    const options = {
      source: side(source, { prefix: 'from/', base: 'from/' }),
      destination: side(destination, { prefix: 'to/', base: 'to/' }),
    };
    const rows = await drain(new Join({ ...options, extras: true }));
    expect(shape(rows)).toEqual(['s a', 'd b', 'sd c', 's d', 'd e']);
    expect(rows[2]).toMatchObject({ source: { key: 'from/c' }, destination: { key: 'to/c' } });
    const without = await drain(new Join({ ...options, extras: false }));
    expect(shape(without)).toEqual(['s a', 'd b', 'sd c', 's d']);
  });

  it('gives the same row until it is taken', async () => {
    const join = new Join({ source: side(store(['a'])), destination: side(store([])), extras: true });
    expect(await join.peek()).toEqual(await join.peek());
    expect(shape(await drain(join))).toEqual(['s a']);
    expect(await join.peek()).toBeUndefined();
  });

  it('counts a missing container as empty without a request', async () => {
    const destination = store(['x'], { order: 'utf16' });
    const join = new Join({
      source: side(store(['a'])),
      destination: side(destination, { missing: true }),
      extras: true,
    });
    expect(shape(await drain(join))).toEqual(['s a']);
    expect(destination.lists).toEqual([]);
  });

  it.each([
    [0, 1],
    [1, 1],
    [4999, 1],
    [5000, 1],
    [5001, 2],
    [10_000, 2],
    [10_001, 3],
  ])('G9: lists %d objects on both sides by %d requests a side', async (count, requests) => {
    const source = store(numbered(count));
    const destination = store(numbered(count));
    const join = new Join({ source: side(source), destination: side(destination), extras: false });
    expect(await drain(join)).toHaveLength(count);
    expect([source.lists.length, destination.lists.length]).toEqual([requests, requests]);
  });

  it('asks for no destination page behind the last source key, unless extras are wanted', async () => {
    for (const [extras, requests] of [
      [false, 3],
      [true, 10],
    ] as const) {
      const source = store(numbered(5), { pageSize: 2 });
      const destination = store(numbered(20), { pageSize: 2 });
      const join = new Join({ source: side(source), destination: side(destination), extras });
      await drain(join);
      expect([source.lists.length, destination.lists.length]).toEqual([3, requests]);
    }
  });

  it('asks for the next page of both sides while the present one is read', async () => {
    const source = store(numbered(6), { pageSize: 2 });
    const destination = store(numbered(6), { pageSize: 2 });
    const join = new Join({ source: side(source), destination: side(destination), extras: false });
    await join.peek();
    await Promise.all(Array.from({ length: 5 }, () => Promise.resolve()));
    expect([source.lists.length, destination.lists.length]).toEqual([2, 2]);
    await drain(join, 2);
    expect([source.lists.length, destination.lists.length]).toEqual([3, 3]);
  });

  it('passes tags, prefix and retries to the store', async () => {
    let attempts = 0;
    const source = store(['p/a']);
    const join = new Join({
      source: side(source, {
        prefix: 'p/',
        tags: true,
        attempt: (request) => {
          attempts += 1;
          return request();
        },
      }),
      destination: side(store([]), { missing: true }),
      extras: false,
    });
    await drain(join);
    expect(attempts).toBe(1);
    expect(source.lists).toMatchObject([{ prefix: 'p/', tags: true }]);
  });

  it('refuses sides that declare different orders', () => {
    const source = side(store([]));
    const destination = side(store([], { order: 'utf16' }));
    expect(() => new Join({ source, destination, extras: false })).toThrow(
      expect.objectContaining({
        code: 'listing-order',
        message: expect.stringContaining('listingOrder') as string,
      }),
    );
  });

  it.each([
    ['descending', ['b', 'a']],
    ['repeating', ['a', 'a']],
    ['descending over pages', ['a', 'c', 'b']],
    ['in the other order', ['😀', '\uffff']],
  ])('refuses a listing that is %s, on either side', async (_, keys) => {
    const bad = (): PagedStore => store(keys, { unsorted: true, pageSize: 2 });
    const good = (): PagedStore => store(['a', 'b', 'c', '😀']);
    for (const [source, destination] of [
      [bad(), good()],
      [good(), bad()],
    ] as const) {
      const join = new Join({ source: side(source), destination: side(destination), extras: true });
      await expect(drain(join)).rejects.toMatchObject({ code: 'listing-order', retryable: false });
    }
  });

  it('refuses a listing that leaves its prefix', async () => {
    const stray = store([]);
    stray.list = () => Promise.resolve({ objects: [listed('q/x')] });
    const join = new Join({
      source: side(stray, { prefix: 'p/' }),
      destination: side(store([])),
      extras: false,
    });
    await expect(drain(join)).rejects.toMatchObject({ code: 'listing-order' });
  });

  it('reads through empty pages', async () => {
    const pages = new Map<string | undefined, { objects: ReturnType<typeof listed>[]; next?: string }>([
      [undefined, { objects: [], next: '1' }],
      ['1', { objects: [], next: '2' }],
      ['2', { objects: [listed('a')], next: '3' }],
      ['3', { objects: [] }],
    ]);
    const sparse = store([]);
    sparse.list = ({ token }) => Promise.resolve(pages.get(token) ?? { objects: [] });
    const join = new Join({ source: side(sparse), destination: side(sparse), extras: true });
    expect(shape(await drain(join))).toEqual(['sd a']);
  });

  it('reports the error of a page that was asked for ahead when it is needed', async () => {
    const failing = store(numbered(4), {
      pageSize: 2,
      onList: ({ token }) => {
        if (token !== undefined) {
          throw new Error('reset');
        }
      },
    });
    const join = new Join({ source: side(failing), destination: side(store([])), extras: false });
    expect(await drain(join, 1)).toHaveLength(1);
    await expect(drain(join)).rejects.toThrow('reset');
  });

  it('gives up pages under way when it is closed, and asks for no more', async () => {
    const asked: AbortSignal[] = [];
    let release: (() => void) | undefined;
    const source = store(numbered(6), {
      pageSize: 2,
      onList: ({ token, signal: given }) => {
        asked.push(given);
        return token === undefined
          ? undefined
          : new Promise((resolve) => {
              release = resolve;
            });
      },
    });
    const destination = store(numbered(6), { pageSize: 2 });
    const join = new Join({ source: side(source), destination: side(destination), extras: false });
    expect(await drain(join, 1)).toHaveLength(1);
    join.close();
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, true]);
    release?.();
    await Promise.all(Array.from({ length: 5 }, () => Promise.resolve()));
    expect([source.lists.length, destination.lists.length]).toEqual([2, 1]);
  });
});

describe('Join cursors', () => {
  it('goes on at the page that holds the last key taken, also when that key is gone', async () => {
    const source = store(['a', 'b', 'c', 'd'], { pageSize: 2 });
    const destination = store([]);
    const first = new Join({ source: side(source), destination: side(destination), extras: true });
    expect(shape(await drain(first, 3))).toEqual(['s a', 's b', 's c']);
    const cursor = first.cursors().source;
    expect(cursor).toEqual({ token: 'c', after: 'c' });
    source.list = () => Promise.resolve({ objects: [listed('b2'), listed('bb'), listed('d')] });
    const second = new Join({
      source: side(source, { cursor }),
      destination: side(destination),
      extras: true,
    });
    expect(shape(await drain(second))).toEqual(['s d']);
  });

  it('goes on with the next page when the present one is used up', async () => {
    const source = store(numbered(4), { pageSize: 2 });
    const join = new Join({ source: side(source), destination: side(store([])), extras: true });
    join.take({ key: '', ...(await join.peek()) });
    expect(join.cursors()).toEqual({ source: { after: '00000' }, destination: {} });
    join.take({ key: '', ...(await join.peek()) });
    expect(join.cursors()).toEqual({ source: { token: '00002', after: '00001' }, destination: {} });
    expect(source.lists.length).toBeLessThanOrEqual(2);
  });

  it('loses and doubles no row wherever it is cut', async () => {
    const keys = fc.uniqueArray(
      fc
        .array(fc.constantFrom('a', 'b', '/', 'é', '\uffff', '😀'), { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join('')),
      { maxLength: 20 },
    );
    const pageSize = fc.integer({ min: 1, max: 6 });
    const order = fc.constantFrom('utf8' as const, 'utf16' as const);
    await fc.assert(
      fc.asyncProperty(
        keys,
        keys,
        pageSize,
        pageSize,
        order,
        fc.boolean(),
        async (s, d, sp, dp, o, extras) => {
          const open = (source: SideCursor = {}, destination: SideCursor = {}): Join =>
            new Join({
              source: side(store(s, { pageSize: sp, order: o }), { cursor: source }),
              destination: side(store(d, { pageSize: dp, order: o }), { cursor: destination }),
              extras,
            });
          const whole = await drain(open());
          for (let cut = 0; cut <= whole.length; cut += 1) {
            const head = open();
            const before = await drain(head, cut);
            const { source, destination } = JSON.parse(JSON.stringify(head.cursors())) as ReturnType<
              Join['cursors']
            >;
            const after = await drain(open(source, destination));
            expect([...before, ...after]).toEqual(whole);
          }
        },
      ),
    );
  });
});
