import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/job/job-spec.js';
import { objectSizes } from '../../../src/job/limits.js';
import type { OpenedPair, ScanOptions } from '../../../src/plan/scan.js';
import { emptySegment } from '../../../src/plan/segment.js';
import { listed, PagedStore, specOf, type PagedStoreOptions } from './plan-fixtures.js';
import { drafts, lines, merged, scanOf, totals, wholePair } from './scan-fixtures.js';

function store(keys: readonly string[], options?: PagedStoreOptions): PagedStore {
  return new PagedStore(
    keys.map((key) => listed(key)),
    options,
  );
}

const mirror = specOf({ mirror: { maxDeletes: 10, maxDeletePercent: 10 } });

async function plan(sides: OpenedPair, changes: Partial<ScanOptions> = {}): Promise<string[]> {
  return lines(merged(await drafts(scanOf([sides], changes))));
}

describe('scanGroup on listings', () => {
  it('yields one empty last segment for nothing', async () => {
    expect(await drafts(scanOf([{ source: store([]), destination: store([]) }]))).toEqual([emptySegment]);
    expect(await drafts(scanOf([]))).toEqual([emptySegment]);
  });

  it('decides object by object, with reasons and the index of the pair', async () => {
    const source = new PagedStore([
      listed('archived', { tier: 'Archive' }),
      listed('changed', { sizeBytes: 11 }),
      listed('new'),
      listed('page', { blobType: 'PageBlob' }),
      listed('same'),
      listed('tmp/x'),
    ]);
    const destination = store(['changed', 'extra', 'same', 'zextra']);
    const spec = specOf({ filters: { exclude: { path: ['tmp'] } } });
    const all = await drafts(scanOf([{ source, destination }], { spec }));
    expect(lines(merged(all))).toEqual([
      '5 copy changed different',
      '5 copy new new',
      '5 skip same same',
      '5 skip tmp/x excluded',
      '5 fail archived source-archived',
      '5 fail page source-type-unsupported',
    ]);
    expect(totals(all)).toMatchObject({ listed: 6, destinationListed: 3 });
  });

  it('keeps large objects apart, but not those that one request may copy', async () => {
    const big = (key: string, sizeBytes: number) => listed(key, { sizeBytes });
    const source = new PagedStore([
      big('a', objectSizes.largeBytes),
      big('b', objectSizes.largeBytes + 1),
      big('c', 2 * objectSizes.largeBytes),
      big('d', 2 * objectSizes.largeBytes + 1),
    ]);
    const destination = store([]);
    expect(await plan({ source, destination })).toEqual([
      '5 copy a new',
      '5 large b new',
      '5 large c new',
      '5 large d new',
    ]);
    const spec = specOf({ singleShotBytes: 2 * objectSizes.largeBytes });
    expect(await plan({ source, destination }, { spec })).toEqual([
      '5 copy a new',
      '5 copy b new',
      '5 copy c new',
      '5 large d new',
    ]);
  });

  it('maps the bases of both sides', async () => {
    const pair = { ...wholePair, listPrefix: 'a/b/', sourceBase: 'a/', destinationBase: 'x/' };
    const source = store(['a/a', 'a/b/1', 'a/b/2', 'b']);
    const destination = store(['b/1', 'x/b/1', 'x/b/3', 'x/c']);
    const options = scanOf([{ source, destination }], { spec: mirror }, pair);
    expect(lines(merged(await drafts(options)))).toEqual([
      '5 copy b/2 new',
      '5 delete b/3 extra',
      '5 skip b/1 same',
    ]);
    expect([source.lists[0]?.prefix, destination.lists[0]?.prefix]).toEqual(['a/b/', 'x/b/']);
  });

  it('counts a missing destination container as empty', async () => {
    const destination = store(['a']);
    expect(await plan({ source: store(['a']), destination, destinationMissing: true })).toEqual([
      '5 copy a new',
    ]);
    expect(destination.lists).toEqual([]);
  });

  it('refuses a listing out of order', async () => {
    const source = store(['b', 'a'], { unsorted: true });
    await expect(plan({ source, destination: store([]) })).rejects.toMatchObject({ code: 'listing-order' });
  });

  it('stops with the reason of its signal, also within a page', async () => {
    const controller = new AbortController();
    const source = store(['a', 'b', 'c']);
    const options = scanOf([{ source, destination: store([]) }], {
      signal: controller.signal,
      shouldFlush: () => {
        controller.abort(new Error('slice is over'));
        return false;
      },
    });
    await expect(drafts(options)).rejects.toThrow('slice is over');
    expect(source.lists).toHaveLength(1);
  });

  it('goes through the containers of an account and opens each when its turn has come', async () => {
    const opened: number[] = [];
    const sides = [
      { source: store(['a']), destination: store([]) },
      { source: store([]), destination: store([]) },
      { source: store(['a', 'b']), destination: store(['b']) },
    ];
    const account = { account: 'one', container: '', prefix: '' };
    const options = scanOf(sides, { spec: specOf({ source: { kind: 'account', location: account } }) });
    const all = await drafts({
      ...options,
      open: (pair) => {
        opened.push(pair.index);
        return options.open(pair);
      },
      cursor: { pair: 1, source: {}, destination: {} },
    });
    expect(lines(merged(all))).toEqual(['7 copy a new', '7 skip b same']);
    expect(opened).toEqual([6, 7]);
  });
});

describe('scanGroup on wildcards and single levels', () => {
  it('leaves out what is outside on both sides alike', async () => {
    const location = { account: 'one', container: 'from', prefix: '' };
    const source = store(['a.jpg', 'a.txt', 'dir.jpg/x', 'dir/y.jpg']);
    const destination = store(['b.jpg', 'b.txt', 'dir.jpg/z', 'dir/z.jpg']);
    const scan = async (recursive: boolean): Promise<[string[], unknown]> => {
      const spec: JobSpec = {
        ...mirror,
        source: { kind: 'prefix', location, base: '', wildcard: '*.jpg', recursive },
      };
      const all = await drafts(scanOf([{ source, destination }], { spec }));
      return [lines(merged(all)), [totals(all).listed, totals(all).destinationListed]];
    };
    expect(await scan(true)).toEqual([
      ['5 copy a.jpg new', '5 copy dir.jpg/x new', '5 delete b.jpg extra', '5 delete dir.jpg/z extra'],
      [2, 2],
    ]);
    expect(await scan(false)).toEqual([
      ['5 copy a.jpg new', '5 delete b.jpg extra'],
      [1, 1],
    ]);
  });
});

describe('scanGroup in a mirror', () => {
  it('deletes nothing without being asked to', async () => {
    expect(await plan({ source: store([]), destination: store(['a']) })).toEqual([]);
  });

  it('pins an extra to what the destination has', async () => {
    const destination = new PagedStore([listed('x', { etag: '"d"', sizeBytes: 7 })]);
    const [draft] = await drafts(scanOf([{ source: store(['a']), destination }], { spec: mirror }));
    expect(draft?.deletes).toEqual([
      {
        action: 'delete',
        pair: 5,
        key: 'x',
        reason: 'extra',
        sizeBytes: 7,
        etag: '"d"',
        lastModified: '2026-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('keeps what the source has, also when a filter excludes it there', async () => {
    const source = new PagedStore([listed('a', { sizeBytes: 1 })]);
    const spec = { ...mirror, filters: { minSizeBytes: 5 } };
    expect(await plan({ source, destination: store(['a']) }, { spec })).toEqual(['5 skip a excluded']);
  });

  it('keeps extras that the name filters exclude', async () => {
    const spec = { ...mirror, filters: { include: { path: ['in'], tier: ['Hot'] } } };
    const destination = store(['in/x', 'out/x']);
    expect(await plan({ source: store([]), destination }, { spec })).toEqual(['5 delete in/x extra']);
  });

  it('keeps extras as young as the scan, by whole seconds', async () => {
    const destination = new PagedStore([
      listed('a', { lastModified: '2026-06-01T11:59:59.000Z' }),
      listed('b', { lastModified: '2026-06-01T12:00:00.000Z' }),
      listed('c', { lastModified: '2026-06-01T12:00:01.000Z' }),
    ]);
    const options = { spec: mirror, startedAt: '2026-06-01T12:00:00.900Z' };
    expect(await plan({ source: store([]), destination }, options)).toEqual(['5 delete a extra']);
  });
});

describe('scanGroup and tags', () => {
  async function asked(
    spec: Partial<JobSpec>,
    changes: Partial<ScanOptions> = {},
    sourceTags = true,
  ): Promise<unknown> {
    const source = store(['a'], { tags: sourceTags });
    const destination = store([]);
    await drafts(scanOf([{ source, destination }], { spec: specOf(spec), ...changes }));
    return [source.lists[0]?.tags, destination.lists[0]?.tags];
  }

  it('asks for tags only where they decide something', async () => {
    expect(await asked({})).toEqual([true, true]);
    expect(await asked({ overwrite: 'always' })).toEqual([true, false]);
    expect(await asked({ tags: 'off' })).toEqual([false, false]);
    expect(await asked({}, { tagsAllowed: { source: false, destination: true } })).toEqual([false, false]);
    expect(await asked({}, { tagsAllowed: { source: true, destination: false } })).toEqual([false, false]);
    expect(await asked({}, {}, false)).toEqual([false, false]);
    expect(await asked({ tags: 'off', filters: { include: { tags: { a: '1' } } } })).toEqual([true, false]);
  });

  it('refuses to filter by tags that it may not read', async () => {
    const filters = { exclude: { tags: { a: '1' } } };
    const refusal = { code: 'tags-not-permitted', retryable: false };
    const tagsAllowed = { source: false, destination: true };
    await expect(asked({ filters }, { tagsAllowed })).rejects.toMatchObject(refusal);
    await expect(asked({ filters }, {}, false)).rejects.toMatchObject(refusal);
  });
});
