import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/job/job-spec.js';
import type { SmbProperties } from '../../../src/job/operation.js';
import { planFile } from '../../../src/plan/block-plan.js';
import type { ContainerPair } from '../../../src/job/job-spec.js';
import type { SegmentDraft } from '../../../src/plan/segment.js';
import { listed, PagedStore, specOf } from './plan-fixtures.js';
import { drafts, lines, merged, scanOf, wholePair } from './scan-fixtures.js';
import { file, TreeStore } from './tree-fixtures.js';

const toFiles = { account: 'two', service: 'files', container: 'to', prefix: '' } as const;
const inFolder: ContainerPair = { ...wholePair, destinationBase: 'in/deep/' };
const later = '2026-02-01T00:00:00.000Z';

async function plan(
  source: TreeStore | PagedStore,
  destination: TreeStore | PagedStore,
  changes: Partial<JobSpec> = {},
  pair: ContainerPair = wholePair,
): Promise<SegmentDraft> {
  const place = destination instanceof TreeStore ? { destination: toFiles } : {};
  const spec = specOf({ ...place, ...changes });
  return merged(await drafts(scanOf([{ source, destination }], { spec }, pair)));
}

describe('a plan from blobs to Azure Files', () => {
  const blobs = (...names: readonly string[]): TreeStore =>
    new TreeStore(
      names.map((name) =>
        listed(name, { metadata: { Foo: 'x' }, md5: 'abc', tier: 'Cool', tags: { t: '1' } }),
      ),
      'blob',
    );

  it('carries all that the file is to be given, and how far its directories are there', async () => {
    const there = new TreeStore([file('in/deep/a/x', {}, { lastModified: later })]);
    const { copies } = await plan(blobs('a/new', 'a/b/c/new', 'top'), there, {}, inFolder);
    expect(copies.map(({ key, presentDirectories }) => [key, presentDirectories])).toEqual([
      ['a/b/c/new', 3],
      ['a/new', undefined],
      ['top', undefined],
    ]);
    expect(copies[0]).toMatchObject({ metadata: { Foo: 'x' }, md5: 'abc', properties: {} });
    expect(copies[0]).not.toHaveProperty('tags');
    expect(copies[0]).not.toHaveProperty('tier');
  });

  it('carries directories that are only the beginning of names, and finds them again by their names', async () => {
    const stub = { sizeBytes: 0, metadata: { hdi_isfolder: 'true' } };
    const source = new TreeStore(
      [listed('a/'), listed('a/x'), listed('empty/', stub), listed('b/y')].map((object) =>
        object.key === 'a/' ? { ...object, sizeBytes: 0 } : object,
      ),
      'blob',
    );
    const asked = { emptyDirectories: true } as const;
    const all = await plan(source, new TreeStore([]), asked);
    const directories = all.copies.filter(({ kind }) => kind === 'directory').map(({ key }) => key);
    expect(directories).toEqual(['a/', 'b/', 'empty/']);
    expect(all.failures).toEqual([]);

    const location = { account: 'one', container: 'from', prefix: '' };
    const spec = specOf({ ...asked, destination: toFiles, source: { kind: 'list', location, entries: 4 } });
    async function* keys(): AsyncGenerator<string> {
      await Promise.resolve();
      yield* ['a/', 'b/', 'empty/', 'gone/'];
    }
    const nowhere = [{ source, destination: new TreeStore([]) }];
    const named = merged(await drafts(scanOf(nowhere, { spec, keys })));
    const escaped = merged(await drafts(scanOf(nowhere, { spec: { ...spec, escapeNames: true }, keys })));
    expect(escaped.copies).toEqual(named.copies);
    expect(named.copies.map(({ key, kind }) => [key, kind])).toEqual(
      ['a/', 'b/', 'empty/'].map((key) => [key, 'directory']),
    );
    expect(lines(named)).toContain('5 fail gone/ source-not-found');
  });

  it('makes everything where not even the base is there', async () => {
    const { copies } = await plan(blobs('a/x', 'top'), new TreeStore([]), {}, inFolder);
    expect(copies.map(({ presentDirectories }) => presentDirectories)).toEqual([0, 0]);
  });

  it('meets files without case, and skips what is there', async () => {
    const there = new TreeStore([
      file('A/FILE', {}, { lastModified: later }),
      file('b', {}, { sizeBytes: 3 }),
    ]);
    const draft = await plan(blobs('a/file', 'B'), there);
    expect(lines(draft)).toEqual(['5 copy B different', '5 skip a/file same']);
  });

  it('fails names that break a rule, and says which', async () => {
    const draft = await plan(blobs('ok', 'a:b', 'A', 'a', 'x//y', 'dir/.'), new TreeStore([]));
    expect(draft.failures.map(({ key, reason, rule }) => [key, reason, rule]).sort()).toEqual([
      ['a', 'name-not-allowed', 'case-collision'],
      ['a:b', 'name-not-allowed', 'reserved-character'],
      ['dir/.', 'name-not-allowed', 'dots-only'],
      ['x//y', 'name-not-allowed', 'empty-component'],
    ]);
  });

  it('escapes them when asked, also in a list of names', async () => {
    const draft = await plan(blobs('ok', 'a:b'), new TreeStore([]), { escapeNames: true });
    expect(draft.copies.map(({ key, destinationKey }) => [key, destinationKey])).toEqual([
      ['a:b', 'a%3Ab'],
      ['ok', undefined],
    ]);
    const location = { account: 'one', container: 'from', prefix: '' };
    const spec = specOf({
      source: { kind: 'list', location, entries: 1 },
      destination: toFiles,
      escapeNames: true,
    });
    const sides = [{ source: blobs('q?'), destination: new TreeStore([]) }];
    // eslint-disable-next-line @typescript-eslint/require-await -- as a stored list comes
    const keys = async function* () {
      yield 'q?';
    };
    const listedOnly = merged(await drafts(scanOf(sides, { spec, keys })));
    expect(listedOnly.copies).toMatchObject([{ key: 'q?', destinationKey: 'q%3F' }]);
  });

  it('fails what is larger than a file can be, and takes blobs of any type', async () => {
    const source = new TreeStore(
      [
        listed('huge', { sizeBytes: 5 * 2 ** 40 }),
        listed('large', { sizeBytes: 2 ** 31 }),
        listed('page', { blobType: 'PageBlob' }),
        listed('cold', { tier: 'Archive' }),
      ],
      'blob',
    );
    const draft = await plan(source, new TreeStore([]), { singleShotBytes: 2 ** 32 });
    expect(lines(draft)).toEqual([
      '5 copy page new',
      '5 large large new',
      '5 fail cold source-archived',
      '5 fail huge too-large',
    ]);
  });

  it('keeps directories when asked, and a mirror never deletes any', async () => {
    const there = new TreeStore([file('gone/x'), file('a/', {})]);
    const mirror = { maxDeletes: 10, maxDeletePercent: 100 };
    const draft = await plan(blobs('a/1', 'b/2'), there, { emptyDirectories: true, mirror });
    expect(lines(draft)).toEqual([
      '5 copy a/1 new',
      '5 copy b/ new',
      '5 copy b/2 new',
      '5 delete gone/x extra',
      '5 skip a/ same',
    ]);
    expect(draft.copies[1]).toMatchObject({ kind: 'directory' });
    expect(draft.copies[1]).not.toHaveProperty('presentDirectories');
  });
});

describe('a plan from Azure Files to blobs', () => {
  it('walks the tree along one flat listing', async () => {
    const source = new TreeStore([file('a/1'), file('a-b'), file('a/2'), file('z')]);
    const destination = new PagedStore([listed('a/1', { lastModified: later }), listed('old')]);
    const mirror = { maxDeletes: 10, maxDeletePercent: 100 };
    const draft = await plan(source, destination, { mirror });
    expect(lines(draft)).toEqual([
      '5 copy a-b new',
      '5 copy a/2 new',
      '5 copy z new',
      '5 delete old extra',
      '5 skip a/1 same',
    ]);
    expect(draft.copies[0]).toMatchObject({ unlisted: true });
    expect(draft.copies[0]).not.toHaveProperty('metadata');
    expect(draft.copies[0]).not.toHaveProperty('smb');
  });

  it('says by an empty set that metadata are to be dropped', async () => {
    const draft = await plan(new TreeStore([file('a')]), new PagedStore([]), { preserveMetadata: false });
    expect(draft.copies[0]?.metadata).toEqual({});
  });

  it('cannot name what ends in a dot', async () => {
    const draft = await plan(new TreeStore([file('dot.'), file('d./x'), file('a.b')]), new PagedStore([]));
    expect(draft.failures.map(({ key, rule }) => [key, rule])).toEqual([
      ['d./x', 'trailing-dot'],
      ['dot.', 'trailing-dot'],
    ]);
  });

  it('goes no deeper than asked', async () => {
    const source = new TreeStore([file('a/1'), file('b')]);
    const location = { account: 'one', service: 'files', container: 'from', prefix: '' } as const;
    const draft = await plan(source, new PagedStore([]), {
      source: { kind: 'prefix', location, base: '', recursive: false },
    });
    expect(lines(draft)).toEqual(['5 copy b new']);
    expect(source.asked).toEqual(['']);
  });
});

describe('a plan between shares', () => {
  const smb: SmbProperties = {
    attributes: 'Hidden | Archive',
    creationTime: '2001-01-01T00:00:00.0000001Z',
    lastWriteTime: '2002-01-01T00:00:00.0000001Z',
    permissionKey: '1*1',
  };
  const info = { preserveInfo: true };

  it.each<[string, SmbProperties, string]>([
    ['all equal but the key of the permission', { ...smb, permissionKey: '2*2' }, 'skip f same'],
    ['the Archive attribute', { ...smb, attributes: 'Hidden' }, 'skip f same'],
    ['an attribute', { ...smb, attributes: 'Hidden | ReadOnly' }, 'copy f different'],
    ['no attributes at all', { creationTime: smb.creationTime ?? '' }, 'copy f different'],
    ['100 ns of creation', { ...smb, creationTime: '2001-01-01T00:00:00.0000002Z' }, 'copy f different'],
    ['100 ns of writing', { ...smb, lastWriteTime: '2002-01-01T00:00:00.0000002Z' }, 'copy f different'],
  ])('compares %s', async (_, there, line) => {
    const destination = new TreeStore([file('f', there, { lastModified: later })]);
    expect(lines(await plan(new TreeStore([file('f', smb)]), destination, info))).toEqual([`5 ${line}`]);
    const plain = await plan(new TreeStore([file('f', smb)]), destination);
    expect(lines(plain)).toEqual(['5 skip f same']);
  });

  it.each(['ifDifferent', 'never', 'ifNewer'] as const)(
    'never takes a file for the copy that a job began and did not finish: %s',
    async (overwrite) => {
      const half = file('f', { creationTime: '1712-03-04T05:06:07.0000000Z' }, { lastModified: later });
      const draft = await plan(new TreeStore([file('f', smb)]), new TreeStore([half]), { overwrite });
      expect(lines(draft)).toEqual(['5 copy f different']);
    },
  );

  it('compares where a listing told nothing', async () => {
    const bare = listed('f', { lastModified: later, unlisted: true });
    const draft = await plan(new TreeStore([listed('f', { unlisted: true })]), new TreeStore([bare]), info);
    expect(lines(draft)).toEqual(['5 skip f same']);
  });

  it('leaves the time of writing of directories alone', async () => {
    const source = new TreeStore([file('d/', smb)]);
    const there = new TreeStore([file('d/', { ...smb, lastWriteTime: '2009-01-01T00:00:00.0000000Z' })]);
    const keep = { ...info, emptyDirectories: true };
    expect(lines(await plan(source, there, keep))).toEqual(['5 skip d/ same']);
    const other = new TreeStore([file('d/', { ...smb, attributes: 'System' })]);
    expect(lines(await plan(source, other, keep))).toEqual(['5 copy d/ different']);
  });

  it('carries what is to be kept, and nothing else', async () => {
    const { permissionKey, ...rest } = smb;
    const carried = async (changes: Partial<JobSpec>): Promise<unknown> =>
      (await plan(new TreeStore([file('f', smb)]), new TreeStore([]), changes)).copies[0]?.smb;
    expect(await carried({})).toBeUndefined();
    expect(await carried(info)).toEqual(rest);
    expect(await carried({ preservePermissions: true })).toEqual({ permissionKey });
    expect(await carried({ ...info, preservePermissions: true })).toEqual(smb);
  });
});

it('a file is cut into ranges of 4 MiB', () => {
  expect(planFile(9 * 2 ** 20)).toEqual({ sizeBytes: 9 * 2 ** 20, blockSizeBytes: 4 * 2 ** 20, blocks: 3 });
});
