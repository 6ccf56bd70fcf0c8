import { describe, expect, it } from 'vitest';
import { Join } from '../../../src/plan/join.js';
import { drain, numbered, shape, side, store } from './join-fixtures.js';
import { listed, type PagedStore } from './plan-fixtures.js';

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
    for (const [extras, keys, requests] of [
      [false, 4, 2],
      [false, 5, 3],
      [true, 5, 10],
    ] as const) {
      const source = store(numbered(keys), { pageSize: 2 });
      const destination = store(numbered(20), { pageSize: 2 });
      const join = new Join({ source: side(source), destination: side(destination), extras });
      await drain(join);
      expect([source.lists.length, destination.lists.length]).toEqual([Math.ceil(keys / 2), requests]);
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
    const source = store(numbered(6), { pageSize: 2 });
    const destination = store(numbered(6), { pageSize: 2 });
    // This source answers although its signal was aborted, as a reply already on its way does.
    const asked: AbortSignal[] = [];
    let release: (() => void) | undefined;
    source.list = async ({ token, signal: given }) => {
      asked.push(given);
      if (token === undefined) {
        return { objects: [listed('00000'), listed('00001')], next: 'more' };
      }
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { objects: [listed('00002'), listed('00003')] };
    };
    const join = new Join({ source: side(source), destination: side(destination), extras: false });
    expect(await drain(join, 1)).toHaveLength(1);
    join.close();
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, true]);
    release?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect([asked.length, destination.lists.length]).toEqual([2, 1]);
  });
});
