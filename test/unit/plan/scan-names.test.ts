import { describe, expect, it } from 'vitest';
import { scanGroup } from '../../../src/plan/scan.js';
import { listed, PagedStore, specOf } from './plan-fixtures.js';
import { drafts, lines, merged, scanOf, totals, wholePair } from './scan-fixtures.js';

function store(keys: readonly string[]): PagedStore {
  return new PagedStore(keys.map((key) => listed(key)));
}

const none = { operations: 1000, sizeBytes: 1e12, largeObjects: 1000, scanned: 1000 };

describe('scanGroup on names', () => {
  const location = { account: 'one', container: 'from', prefix: 'p/' };
  const listSpec = specOf({ source: { kind: 'list', location, entries: 3 } });
  const pair = { ...wholePair, listPrefix: 'p/', sourceBase: 'p/', destinationBase: 'q/' };

  async function* keysOf(keys: readonly string[], from: number): AsyncGenerator<string> {
    await Promise.resolve();
    yield* keys.slice(from);
  }

  it('looks up a single object on both sides', async () => {
    const single = { ...wholePair, listPrefix: 'd/a.txt', sourceBase: 'd/a.txt', destinationBase: 'b.txt' };
    const spec = specOf({
      source: { kind: 'object', location, key: 'd/a.txt' },
      filters: { include: { pattern: ['a.*'] } },
    });
    const source = store(['d/a.txt']);
    const destination = store(['b.txt']);
    const all = await drafts(scanOf([{ source, destination }], { spec }, single));
    expect(all).toHaveLength(1);
    expect(lines(merged(all))).toEqual(['5 skip  same']);
    expect([source.stats, destination.stats, source.lists]).toEqual([['d/a.txt'], ['b.txt'], []]);
    expect([source.statTags, destination.statTags]).toEqual([[true], [true]]);
    const gone = await drafts(scanOf([{ source: store([]), destination }], { spec }, single));
    expect(lines(merged(gone))).toEqual(['5 fail  source-not-found']);
  });

  it('G8: reports entries of a list that the source does not have', async () => {
    const keys = ['b', 'missing', 'a', '../..'];
    const source = store(['p/a', 'p/b', 'p/../..']);
    const destination = store(['q/a']);
    const options = scanOf(
      [{ source, destination }],
      { spec: listSpec, keys: (from) => keysOf(keys, from) },
      pair,
    );
    const all = await drafts(options);
    expect(lines(merged(all))).toEqual([
      '5 copy b new',
      '5 copy ../.. new',
      '5 skip a same',
      '5 fail missing source-not-found',
    ]);
    expect(totals(all)).toMatchObject({ listed: 3, destinationListed: 1 });
  });

  it('does not look up names that no URL can carry', async () => {
    const source = store(['.', 'a']);
    const destination = store([]);
    const spec = specOf({ source: { kind: 'list', location: { ...location, prefix: '' }, entries: 1 } });
    const keys = (from: number) => keysOf(['.', '', 'a'], from);
    const sides = { source, destination, destinationMissing: true };
    expect(lines(merged(await drafts(scanOf([sides], { spec, keys }))))).toEqual([
      '5 copy a new',
      '5 fail . name-not-addressable',
      '5 fail  name-not-addressable',
    ]);
    expect([source.stats, destination.stats]).toEqual([['a'], []]);
  });

  it('does not look up what the destination cannot name', async () => {
    const source = store(['p/..']);
    const destination = store([]);
    const keys = (from: number) => keysOf(['..'], from);
    const options = scanOf(
      [{ source, destination }],
      { spec: listSpec, keys },
      { ...pair, destinationBase: '' },
    );
    expect(lines(merged(await drafts(options)))).toEqual(['5 fail .. name-not-addressable']);
    expect(destination.stats).toEqual([]);
  });

  it('looks up 16 names at a time and keeps their order', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k${String(index)}`);
    const source = store(keys.map((key) => `p/${key}`));
    let inFlight = 0;
    let most = 0;
    const attempt = async <T>(request: () => Promise<T>): Promise<T> => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return request();
    };
    const options = scanOf(
      [{ source, destination: store([]), destinationMissing: true }],
      { spec: listSpec, keys: (from) => keysOf(keys, from), attempt },
      pair,
    );
    const all = await drafts(options);
    expect(merged(all).copies.map(({ key }) => key)).toEqual(keys);
    expect(most).toBe(16);
  });

  it('goes on at the next key of the list', async () => {
    const keys = ['a', 'b', 'c'];
    const source = store(['p/a', 'p/b', 'p/c']);
    const options = scanOf(
      [{ source, destination: store([]) }],
      { spec: listSpec, keys: (from) => keysOf(keys, from), limits: { ...none, operations: 2 } },
      pair,
    );
    const [first, ...rest] = await drafts(options);
    expect(first?.cursor).toEqual({ pair: 0, source: {}, destination: {}, nextKey: 2 });
    const resumed = await drafts({
      ...options,
      ...(first?.cursor === undefined ? {} : { cursor: first.cursor }),
    });
    expect(resumed).toEqual(rest);
    expect(lines(merged(resumed))).toEqual(['5 copy c new']);
  });

  it('reports the error of a look-up when it is its turn', async () => {
    const source = store(['p/a']);
    source.stat = (key) =>
      key === 'p/b' ? Promise.reject(new Error('reset')) : Promise.resolve(listed(key));
    const options = scanOf(
      [{ source, destination: store([]) }],
      { spec: listSpec, keys: (from) => keysOf(['a', 'b'], from), limits: { ...none, operations: 1 } },
      pair,
    );
    await expect(drafts(options)).rejects.toThrow('reset');
  });

  it('gives up look-ups under way when nobody wants more, and their errors with them', async () => {
    const source = store([]);
    const signals: AbortSignal[] = [];
    source.stat = (key, { signal }) => {
      signals.push(signal);
      return key === 'p/c'
        ? new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('aborted'));
            });
          })
        : Promise.resolve(listed(key));
    };
    const options = scanOf(
      [{ source, destination: store([]) }],
      { spec: listSpec, keys: (from) => keysOf(['a', 'b', 'c'], from), limits: { ...none, operations: 1 } },
      pair,
    );
    for await (const draft of scanGroup(options)) {
      expect(lines(draft)).toEqual(['5 copy a new']);
      break;
    }
    // An error that nobody meets would end the test run as an unhandled rejection.
    await new Promise((resolve) => setImmediate(resolve));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  it('refuses a list without its keys', async () => {
    await expect(
      drafts(scanOf([{ source: store([]), destination: store([]) }], { spec: listSpec })),
    ).rejects.toMatchObject({ code: 'unexpected' });
  });
});
