import { describe, expect, it } from 'vitest';
import { jobRequestSchema } from '../../../../src/functions/http/job-request.js';
import type { CheckedJob } from '../../../../src/functions/http/job-spec-of.js';
import { jobSpecOf } from '../../../../src/functions/http/job-spec-of.js';
import { defaultSpec } from '../../../support/default-spec.js';
import { accounts, from, shares, to } from './api-bench.js';

function spec(change: object): CheckedJob {
  const request = { source: `${from}/photos/in/`, destination: `${to}/archive/out/`, ...change };
  return jobSpecOf(jobRequestSchema.parse(request), accounts);
}

function at(account: string, container: string, prefix: string): object {
  return { account, container, prefix };
}

describe('jobSpecOf', () => {
  it('applies every default', () => {
    expect(spec({})).toEqual({
      kind: 'copy',
      source: `${from}/photos/in/`,
      destination: `${to}/archive/out/`,
      spec: {
        source: {
          kind: 'prefix',
          location: at('from', 'photos', 'in/'),
          base: 'in/',
          recursive: true,
        },
        destination: at('to', 'archive', 'out/'),
        ...defaultSpec,
      },
    });
  });

  it('escapes the name that a single blob has in a directory of a share, when asked, and none that was given', () => {
    const prefixOf = (source: string, destination: string, escapeNames: boolean): string =>
      spec({
        source: `${from}/photos/${source}`,
        destination: `${shares}/archive/${destination}`,
        escapeNames,
      }).spec.destination.prefix;
    expect(prefixOf('in/a:b', 'to/', true)).toBe('to/a%3Ab');
    expect(prefixOf('in/a:b', 'to/', false)).toBe('to/a:b');
    expect(prefixOf('in/a:b', 'to/c%2541', true)).toBe('to/c%41');
    const folder = { source: `${from}/photos/p%7Cq/`, destination: `${shares}/archive/to/`, asSubdir: true };
    expect(spec({ ...folder, escapeNames: true }).spec.destination.prefix).toBe('to/p%7Cq/');
    expect(spec(folder).spec.destination.prefix).toBe('to/p|q/');
  });

  it('refuses filters that ask for what a listing of a share does not tell', () => {
    const share = { source: `${shares}/archive/` };
    for (const [field, rule] of [
      ['exclude.metadata', { exclude: { metadata: { secret: 'yes' } } }],
      ['include.tags', { include: { tags: { a: 'b' } } }],
      ['include.tier', { include: { tier: ['Hot'] } }],
    ] as const) {
      const refusal = expect.objectContaining({
        code: 'invalid-filter',
        problem: expect.objectContaining({ field }) as unknown,
      }) as unknown;
      expect(() => spec({ ...share, ...rule })).toThrow(refusal);
      expect(spec(rule).spec.filters).toEqual(rule);
    }
    // One file is looked at by itself.
    const metadata = { include: { metadata: { a: 'b' } } };
    expect(spec({ source: `${shares}/archive/x`, ...metadata }).spec.filters).toEqual(metadata);
    expect(() => spec({ destination: `${shares}/archive/`, set: { tier: 'Cool' } })).toThrow('access tiers');
    const named = { include: { pattern: ['*.txt'] }, minSizeBytes: 1, modifiedAfter: '2026-01-01' };
    expect(spec({ ...share, ...named }).spec.filters).toEqual(named);
  });

  it('carries every field', () => {
    const { spec: carried, kind } = spec({
      overwrite: 'ifNewer',
      mirror: { maxDeletes: 5 },
      approve: true,
      include: { pattern: ['*.jpg'], tags: { a: 'b' } },
      exclude: { path: ['tmp'], blobType: ['PageBlob'] },
      minSizeBytes: 1,
      maxSizeBytes: 2,
      modifiedAfter: '2026-01-01',
      modifiedBefore: '2026-02-01T00:00:00Z',
      preserve: { tags: 'require', tier: 'off', properties: false, metadata: false },
      set: { properties: { contentType: 'image/jpeg' }, metadata: { owner: 'me' }, tier: 'Cool' },
      createContainers: true,
      blockSizeBytes: 1_048_576,
      singleShotBytes: 1,
      maxInFlight: 4096,
      allowOverlap: true,
    });
    expect(kind).toBe('sync');
    expect(carried).toMatchObject({
      overwrite: 'ifNewer',
      mirror: { maxDeletes: 5, maxDeletePercent: 25 },
      approve: true,
      filters: {
        include: { pattern: ['*.jpg'], tags: { a: 'b' } },
        exclude: { path: ['tmp'], blobType: ['PageBlob'] },
        minSizeBytes: 1,
        maxSizeBytes: 2,
        modifiedAfter: '2026-01-01',
        modifiedBefore: '2026-02-01T00:00:00Z',
      },
      tags: 'require',
      tier: 'off',
      preserveProperties: false,
      preserveMetadata: false,
      properties: { contentType: 'image/jpeg' },
      metadata: { owner: 'me' },
      setTier: 'Cool',
      createContainers: true,
      blockSizeBytes: 1_048_576,
      singleShotBytes: 1,
      maxInFlight: 4096,
      allowOverlap: true,
    });
  });

  it('takes mirror as true, with limits, and as false', () => {
    expect(spec({ mirror: true }).spec.mirror).toEqual({ maxDeletes: 1000, maxDeletePercent: 25 });
    expect(spec({ mirror: { maxDeletePercent: 100 } }).spec.mirror).toEqual({
      maxDeletes: 1000,
      maxDeletePercent: 100,
    });
    expect(spec({ mirror: false })).toMatchObject({ kind: 'copy' });
    expect(spec({ mirror: false }).spec).not.toHaveProperty('mirror');
  });

  const places: readonly (readonly [string, object, object, object])[] = [
    [
      'a container',
      { source: `${from}/photos`, destination: `${to}/archive` },
      { kind: 'prefix', location: at('from', 'photos', ''), base: '', recursive: true },
      at('to', 'archive', ''),
    ],
    [
      'a folder into a folder without its slash',
      { destination: `${to}/archive/out` },
      { kind: 'prefix', base: 'in/' },
      at('to', 'archive', 'out/'),
    ],
    [
      'a folder without its slash, recursive',
      { source: `${from}/photos/in`, recursive: true },
      { kind: 'prefix', location: at('from', 'photos', 'in/'), base: 'in/' },
      at('to', 'archive', 'out/'),
    ],
    [
      'one level of a folder',
      { recursive: false },
      { kind: 'prefix', recursive: false },
      at('to', 'archive', 'out/'),
    ],
    [
      'a folder below its own name',
      { source: `${from}/photos/a/b/`, asSubdir: true },
      { kind: 'prefix', base: 'a/b/' },
      at('to', 'archive', 'out/b/'),
    ],
    [
      'a container, which has no name to be below of',
      { source: `${from}/photos`, asSubdir: true },
      { kind: 'prefix', base: '' },
      at('to', 'archive', 'out/'),
    ],
    [
      'a wildcard',
      { source: `${from}/photos/in/*.jpg`, asSubdir: true },
      { kind: 'prefix', location: at('from', 'photos', 'in/'), base: 'in/', wildcard: '*.jpg' },
      at('to', 'archive', 'out/'),
    ],
    [
      'an object into a folder',
      { source: `${from}/photos/in/a%20b.jpg` },
      { kind: 'object', location: at('from', 'photos', 'in/a b.jpg'), key: 'in/a b.jpg' },
      at('to', 'archive', 'out/a b.jpg'),
    ],
    [
      'an object into a container',
      { source: `${from}/photos/in/a.jpg`, destination: `${to}/archive` },
      { kind: 'object' },
      at('to', 'archive', 'a.jpg'),
    ],
    [
      'an object under another name',
      { source: `${from}/photos/in/a.jpg`, destination: `${to}/archive/b.jpg` },
      { kind: 'object' },
      at('to', 'archive', 'b.jpg'),
    ],
    [
      'an account',
      { source: from, destination: to },
      { kind: 'account', location: at('from', '', '') },
      at('to', '', ''),
    ],
    [
      'a list of files',
      { source: `${from}/photos/in`, listOfFiles: ['a', 'b', 'a'] },
      { kind: 'list', location: at('from', 'photos', 'in/'), entries: 2 },
      at('to', 'archive', 'out/'),
    ],
    [
      'a key with dots, which no parser may resolve away',
      { source: `${from}/photos/in%2F..%2Fb` },
      { kind: 'object', key: 'in/../b' },
      at('to', 'archive', 'out/b'),
    ],
  ];
  it.each(places)('reads %s', (_title, change, source, destination) => {
    const read = spec(change).spec;
    expect(read.source).toMatchObject(source);
    expect(read.destination).toEqual(destination);
  });

  it('keeps each name of a list once, in order', () => {
    expect(spec({ listOfFiles: ['b', 'a', 'b'] }).keys).toEqual(['b', 'a']);
    expect(spec({})).not.toHaveProperty('keys');
  });

  it('shows a wildcard as it was written', () => {
    expect(spec({ source: `${from}/photos/in/*.jpg` }).source).toBe(`${from}/photos/in/*.jpg`);
  });

  it('lets two objects side by side be copied within one container', () => {
    const { spec: read } = spec({ source: `${from}/photos/a`, destination: `${from}/photos/ab` });
    expect(read.destination).toEqual(at('from', 'photos', 'ab'));
  });
});
