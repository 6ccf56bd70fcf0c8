import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/job/job-spec.js';
import { decide, type Decision, type Keepable } from '../../../src/plan/diff.js';
import type { ListedObject } from '../../../src/storage/store.js';
import { listed, specOf } from './plan-fixtures.js';

interface Case {
  readonly source?: Partial<ListedObject>;
  /** Absent: nothing at the destination. */
  readonly destination?: Partial<ListedObject>;
  readonly spec?: Partial<JobSpec>;
  readonly keepable?: Partial<Keepable>;
  readonly key?: string;
  readonly destinationKey?: string;
}

const older = '2025-12-31T23:59:59.000Z';
const newer = '2026-01-01T00:00:01.000Z';

function decideOn({ source, destination, spec, keepable, key = 'k', destinationKey = key }: Case): Decision {
  return decide({
    pair: 3,
    key,
    destinationKey,
    source: listed(key, { etag: '"s"', ...source }),
    destination:
      destination === undefined ? undefined : listed(destinationKey, { etag: '"d"', ...destination }),
    spec: specOf(spec),
    keepable: { tags: true, tiers: true, ...keepable },
  });
}

function reasonOf(input: Case): string {
  const decision = decideOn(input);
  switch (decision.kind) {
    case 'copy':
      return `copy ${decision.operation.reason}`;
    case 'skip':
      return `skip ${decision.skip.reason}`;
    case 'failure':
      return `failed ${decision.failure.reason}`;
  }
}

describe('decide', () => {
  it('copies what the destination does not have, whatever the mode', () => {
    for (const overwrite of ['ifDifferent', 'always', 'never', 'ifNewer'] as const) {
      expect(reasonOf({ spec: { overwrite } })).toBe('copy new');
    }
  });

  it('always and never do not compare', () => {
    expect(reasonOf({ destination: {}, spec: { overwrite: 'always' } })).toBe('copy always');
    expect(reasonOf({ destination: { sizeBytes: 1 }, spec: { overwrite: 'never' } })).toBe('skip exists');
  });

  it('ifNewer copies only what is strictly newer', () => {
    const spec = { overwrite: 'ifNewer' } as const;
    expect(reasonOf({ destination: { lastModified: older }, spec })).toBe('copy newer');
    expect(reasonOf({ destination: {}, spec })).toBe('skip not-newer');
    expect(reasonOf({ destination: { lastModified: newer, sizeBytes: 1 }, spec })).toBe('skip not-newer');
  });

  it.each<[string, Case, string]>([
    ['equal length, no MD5, same time', { destination: {} }, 'skip same'],
    ['equal length, no MD5, destination newer', { destination: { lastModified: newer } }, 'skip same'],
    ['equal length, no MD5, destination older', { destination: { lastModified: older } }, 'copy different'],
    ['another length', { destination: { sizeBytes: 11, lastModified: newer } }, 'copy different'],
    [
      'equal MD5, destination older',
      { source: { md5: 'AA==' }, destination: { md5: 'AA==', lastModified: older } },
      'skip same',
    ],
    [
      'other MD5, destination newer',
      { source: { md5: 'AA==' }, destination: { md5: 'AQ==', lastModified: newer } },
      'copy different',
    ],
    ['MD5 at the source only, not older', { source: { md5: 'AA==' }, destination: {} }, 'skip same'],
    [
      'MD5 at the destination only, older',
      { destination: { md5: 'AA==', lastModified: older } },
      'copy different',
    ],
    [
      'another length, equal MD5',
      { source: { md5: 'AA==' }, destination: { md5: 'AA==', sizeBytes: 9 } },
      'copy different',
    ],
  ])('G13: compares content by length, MD5 and time: %s', (_, input, expected) => {
    expect(reasonOf(input)).toBe(expected);
  });

  it('G13: compares the metadata that is to be kept', () => {
    const source = { metadata: { Team: 'blue' } };
    expect(reasonOf({ source, destination: { metadata: { team: 'blue' } } })).toBe('skip same');
    expect(reasonOf({ source, destination: { metadata: { team: 'red' } } })).toBe('copy different');
    expect(reasonOf({ source, destination: {} })).toBe('copy different');
    expect(reasonOf({ destination: { metadata: { more: '1' } } })).toBe('copy different');
    expect(reasonOf({ source, destination: {}, spec: { preserveMetadata: false } })).toBe('skip same');
  });

  it('compares overriding metadata and properties instead of the source', () => {
    const metadata = { run: '7' };
    expect(reasonOf({ destination: { metadata }, spec: { metadata } })).toBe('skip same');
    expect(
      reasonOf({
        source: { metadata: { a: 'b' } },
        destination: { metadata: { a: 'b' } },
        spec: { metadata },
      }),
    ).toBe('copy different');
    const properties = { contentType: 'text/plain' };
    expect(reasonOf({ destination: { properties }, spec: { properties } })).toBe('skip same');
    expect(reasonOf({ destination: {}, spec: { properties } })).toBe('copy different');
    expect(reasonOf({ source: { properties }, destination: {} })).toBe('skip same');
  });

  it('G13: compares tags where they can be kept', () => {
    const source = { tags: { a: '1' } };
    const destination = { tags: { a: '2' } };
    expect(reasonOf({ source, destination })).toBe('copy different');
    expect(reasonOf({ source, destination: source })).toBe('skip same');
    expect(reasonOf({ destination: { tags: {} } })).toBe('skip same');
    expect(reasonOf({ source, destination: {} })).toBe('copy different');
    expect(reasonOf({ source, destination, spec: { tags: 'off' } })).toBe('skip same');
    expect(reasonOf({ source, destination, keepable: { tags: false } })).toBe('skip same');
  });

  it('compares the tier only when asked', () => {
    const source = { tier: 'Cool' };
    expect(reasonOf({ source, destination: { tier: 'Hot' } })).toBe('skip same');
    expect(reasonOf({ source, destination: { tier: 'Hot' }, spec: { tier: 'require' } })).toBe(
      'copy different',
    );
    expect(reasonOf({ source, destination: { tier: 'cool' }, spec: { tier: 'require' } })).toBe('skip same');
    expect(reasonOf({ source, destination: {}, spec: { tier: 'require' } })).toBe('copy different');
    expect(
      reasonOf({ source: { ...source, tierInferred: true }, destination: {}, spec: { tier: 'require' } }),
    ).toBe('skip same');
    expect(reasonOf({ source, destination: { tier: 'Cool' }, spec: { setTier: 'Cold' } })).toBe(
      'copy different',
    );
    expect(reasonOf({ source, destination: { tier: 'Cold' }, spec: { setTier: 'Cold' } })).toBe('skip same');
  });

  it('fails what cannot be copied, with its reason', () => {
    expect(decideOn({ source: { tier: 'Archive' } })).toEqual({
      kind: 'failure',
      failure: { pair: 3, key: 'k', reason: 'source-archived' },
    });
    expect(reasonOf({ source: { blobType: 'AppendBlob' } })).toBe('failed source-type-unsupported');
    expect(reasonOf({ source: { blobType: 'PageBlob' } })).toBe('failed source-type-unsupported');
    expect(reasonOf({ key: '..' })).toBe('failed name-not-addressable');
    expect(reasonOf({ key: 'a', destinationKey: '.' })).toBe('failed name-not-addressable');
    expect(reasonOf({ key: 'a', destinationKey: '' })).toBe('failed name-not-addressable');
  });

  it('skips what cannot be copied and need not be', () => {
    expect(reasonOf({ source: { tier: 'Archive' }, destination: {} })).toBe('skip same');
    expect(
      reasonOf({ source: { blobType: 'PageBlob' }, destination: {}, spec: { overwrite: 'never' } }),
    ).toBe('skip exists');
  });

  it('leaves out the empty marker of the folder that is copied to the top of a container', () => {
    expect(reasonOf({ key: 'dir/', destinationKey: '', source: { sizeBytes: 0 } })).toBe('skip excluded');
  });

  it('pins both sides and carries what the listing told', () => {
    const source = { md5: 'AA==', tier: 'Cool', tags: { a: '1' }, properties: { contentType: 'x/y' } };
    expect(decideOn({ source, destination: { lastModified: older, sizeBytes: 1 } })).toEqual({
      kind: 'copy',
      operation: {
        action: 'copy',
        pair: 3,
        key: 'k',
        reason: 'different',
        sizeBytes: 10,
        etag: '"s"',
        lastModified: '2026-01-01T00:00:00.000Z',
        destinationEtag: '"d"',
        md5: 'AA==',
        tier: 'Cool',
        tags: { a: '1' },
      },
    });
  });

  it('carries nothing that is absent, switched off or not to be kept', () => {
    const source = { tier: 'Cool', tags: { a: '1' } };
    const plain = decideOn({});
    expect(plain.kind === 'copy' && Object.keys(plain.operation).sort()).toEqual(
      ['action', 'etag', 'key', 'lastModified', 'pair', 'reason', 'sizeBytes'].sort(),
    );
    expect(decideOn({ source, spec: { tags: 'off', tier: 'off' } })).not.toHaveProperty('operation.tags');
    expect(decideOn({ source, spec: { tags: 'off', tier: 'off' } })).not.toHaveProperty('operation.tier');
    expect(decideOn({ source, keepable: { tags: false, tiers: false } })).toEqual(plain);
  });

  it('G10: keeps an inferred tier inferred, and sets the tier that is asked for', () => {
    const source = { tier: 'Hot', tierInferred: true };
    expect(decideOn({ source })).not.toHaveProperty('operation.tier');
    expect(decideOn({ source, spec: { setTier: 'Cold' } })).toHaveProperty('operation.tier', 'Cold');
    expect(decideOn({ source, spec: { setTier: 'Cold', tier: 'off' } })).toHaveProperty(
      'operation.tier',
      'Cold',
    );
  });

  it('G11: carries properties and metadata from one byte above the single-shot size', () => {
    const source = { properties: { contentType: 'x/y' }, metadata: { a: '1' } };
    for (const sizeBytes of [999, 1000]) {
      expect(decideOn({ source: { ...source, sizeBytes } })).not.toHaveProperty('operation.metadata');
      expect(decideOn({ source: { ...source, sizeBytes } })).not.toHaveProperty('operation.properties');
    }
    expect(decideOn({ source: { ...source, sizeBytes: 1001 } })).toMatchObject({ operation: source });
  });

  it('G10: carries the switched settings of a block upload', () => {
    const source = { sizeBytes: 1001, properties: { contentType: 'x/y' }, metadata: { a: '1' } };
    const bare = { preserveProperties: false, preserveMetadata: false };
    expect(decideOn({ source, spec: bare })).toMatchObject({ operation: { properties: {}, metadata: {} } });
    const spec = { ...bare, properties: { contentType: 'z/z' }, metadata: { b: '2' } };
    expect(decideOn({ source, spec })).toMatchObject({
      operation: { properties: { contentType: 'z/z' }, metadata: { b: '2' } },
    });
  });

  it('marks a small object whose metadata must be dropped by empty metadata', () => {
    const source = { properties: { contentType: 'x/y' }, metadata: { a: '1' } };
    const dropped = { operation: { metadata: {}, properties: source.properties } };
    expect(decideOn({ source, spec: { preserveMetadata: false } })).toMatchObject(dropped);
    expect(decideOn({ source, spec: { metadata: {} } })).toMatchObject(dropped);
    expect(decideOn({ spec: { preserveMetadata: false } })).not.toHaveProperty('operation.metadata');
    expect(decideOn({ source, spec: { metadata: { b: '2' } } })).not.toHaveProperty('operation.metadata');
  });

  it('carries all properties where the spec overrides some', () => {
    const source = { properties: { contentType: 'x/y', cacheControl: 'no-cache' } };
    const spec = { properties: { contentType: 'z/z' } };
    expect(decideOn({ source, spec })).toMatchObject({
      operation: { properties: { contentType: 'z/z', cacheControl: 'no-cache' } },
    });
  });
});
