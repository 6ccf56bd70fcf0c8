import { describe, expect, it } from 'vitest';
import type { DiffInput } from '../../../src/plan/diff.js';
import { decideIncremental } from '../../../src/plan/incremental.js';
import { manifestRows } from '../../../src/plan/manifest-rows.js';
import { pairsForRestore } from '../../../src/plan/pairs.js';
import type { SegmentDraft } from '../../../src/plan/segment.js';
import type { ListedObject } from '../../../src/storage/store.js';
import { basicSpec } from '../../support/memory-job.js';

function object(more: Partial<ListedObject> = {}): ListedObject {
  return {
    key: 'a',
    sizeBytes: 3,
    etag: '"1"',
    lastModified: '2026-01-01T00:00:00.000Z',
    blobType: 'BlockBlob',
    properties: {},
    metadata: {},
    ...more,
  };
}

function input(source: ListedObject, destination: ListedObject | undefined): DiffInput {
  return {
    pair: 0,
    key: 'a',
    destinationKey: 'new/a',
    source,
    destination,
    spec: basicSpec,
    keepable: { tags: false, tiers: true },
  };
}

describe('an incremental backup', () => {
  it('leaves an object of the same ETag where it lies', () => {
    const before = object({ metadata: { home: 'p0' } });
    expect(decideIncremental(input(object(), before))).toEqual({
      kind: 'skip',
      skip: {
        pair: 0,
        key: 'a',
        reason: 'same',
        sizeBytes: 3,
        kept: { etag: '"1"', lastModified: '2026-01-01T00:00:00.000Z', home: 'p0' },
      },
    });
  });

  it.each([
    ['new', undefined],
    ['different', object({ etag: '"0"', metadata: { home: 'p0' } })],
  ])('copies a %s object to a name where nothing is', (reason, before) => {
    const decision = decideIncremental(input(object(), before));
    expect(decision).toMatchObject({ kind: 'copy', operation: { reason, etag: '"1"' } });
    expect(decision.kind === 'copy' && decision.operation.destinationEtag).toBeUndefined();
  });

  const withTags = (source: ListedObject, before: ListedObject): DiffInput => ({
    ...input(source, before),
    keepable: { tags: true, tiers: true },
  });
  const known = (more: Partial<ListedObject>): ListedObject => object({ metadata: { home: 'p0' }, ...more });

  it.each([
    ['other tags', { tags: { a: '2' } }, { tags: { a: '1' } }],
    ['tags that are gone', { tags: {} }, { tags: { a: '1' } }],
    ['tags that the backup before has not', { tags: { a: '1' } }, {}],
    ['another length', { sizeBytes: 4 }, {}],
    ['another write time', { smb: { lastWriteTime: '2' } }, { smb: { lastWriteTime: '1' } }],
  ])('copies an object of the same ETag with %s, and notes what the manifest tells', (_, now, before) => {
    const source = object({ tier: 'Cool', ...now });
    const { tags = {} } = source;
    const decision = decideIncremental(withTags(source, known(before)));
    expect(decision).toMatchObject({ kind: 'copy', operation: { reason: 'different' } });
    expect(decision.kind === 'copy' && decision.operation.noted).toEqual({
      tier: 'Cool',
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      ...(source.smb === undefined ? {} : { writtenAt: '2' }),
    });
  });

  it('leaves an object whose tier alone has changed, and tells the tier of now', () => {
    const decision = decideIncremental(
      withTags(object({ tier: 'Cool', tags: { a: '1' } }), known({ tier: 'Hot', tags: { a: '1' } })),
    );
    expect(decision).toMatchObject({ kind: 'skip', skip: { kept: { tier: 'Cool', tags: { a: '1' } } } });
    const inferred = decideIncremental(withTags(object({ tier: 'Hot', tierInferred: true }), known({})));
    expect(inferred.kind === 'skip' && inferred.skip.kept).not.toHaveProperty('tier');
  });

  it('goes by what it can see: tags that cannot be read now are those of before', () => {
    const decision = decideIncremental(input(object(), known({ tags: { a: '1' } })));
    expect(decision).toMatchObject({ kind: 'skip', skip: { kept: { tags: { a: '1' } } } });
  });

  it('takes a directory for the same whatever has happened in it', () => {
    const directory = { kind: 'directory', key: 'a/', sizeBytes: 0 } as const;
    const now = object({ ...directory, etag: '"9"', smb: { lastWriteTime: '9' } });
    const decision = decideIncremental(input(now, known({ ...directory, smb: { lastWriteTime: '1' } })));
    expect(decision).toMatchObject({ kind: 'skip', skip: { kept: { etag: '"9"', home: 'p0' } } });
  });

  it('fails what cannot be copied', () => {
    const archived = object({ tier: 'Archive' });
    expect(decideIncremental(input(archived, object({ etag: '"0"' }))).kind).not.toBe('skip');
  });
});

describe('the manifest of a segment', () => {
  it('names copies in the new point and the rest where it lies, in listing order', () => {
    const operation = (key: string) =>
      ({
        action: 'copy',
        pair: 0,
        key,
        reason: 'new',
        sizeBytes: 1,
        etag: '"2"',
        lastModified: '',
        noted: { tier: 'Cool' },
      }) as const;
    const draft: SegmentDraft = {
      copies: [operation('b'), operation('vanished')],
      large: [operation('\u{10000}')],
      deletes: [],
      skips: [
        {
          pair: 0,
          key: 'a',
          reason: 'same',
          sizeBytes: 2,
          kept: { etag: '"1"', lastModified: '', home: 'p0' },
        },
        { pair: 0, key: 'c', reason: 'excluded', sizeBytes: 2 },
        {
          pair: 0,
          key: '\uffee',
          reason: 'same',
          sizeBytes: 2,
          kept: { etag: '"1"', lastModified: '', home: 'p1' },
        },
      ],
      failures: [],
      listed: 6,
      destinationListed: 0,
    };
    const rows = manifestRows(draft, 'p2', 'utf8', ({ key }) => key !== 'vanished');
    expect(rows.map(({ key, home, etag }) => `${key} ${home} ${etag}`)).toEqual([
      'a p0 "1"',
      'b p2 "2"',
      '\uffee p1 "1"',
      '\u{10000} p2 "2"',
    ]);
    expect(rows.map(({ tier }) => tier)).toEqual([undefined, 'Cool', undefined, 'Cool']);
  });
});

describe('a restore', () => {
  it('reads each folder that holds objects, and writes to one place', () => {
    const location = { account: 'to', container: 'backups', prefix: 'p2/' };
    const homes = [
      { point: 'p1', prefix: 'p1/' },
      { point: 'p2', prefix: 'p2/' },
    ];
    const pairs = pairsForRestore(
      { kind: 'prefix', location, base: 'p2/', recursive: true },
      { account: 'from', container: 'live', prefix: 'x/' },
      homes,
    );
    expect(
      pairs.map(({ listPrefix, sourceBase, destinationBase }) => [listPrefix, sourceBase, destinationBase]),
    ).toEqual([
      ['p1/', 'p1/', 'x/'],
      ['p2/', 'p2/', 'x/'],
    ]);
  });
});
