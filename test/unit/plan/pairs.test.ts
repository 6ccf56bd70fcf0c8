import { describe, expect, it } from 'vitest';
import type { Location } from '../../../src/job/account.js';
import type { Source } from '../../../src/job/job-spec.js';
import { pairFor, pairsForAccount } from '../../../src/plan/pairs.js';

const destination: Location = { account: 'two', container: 'to', prefix: 'backup/' };

function from(prefix: string): Location {
  return { account: 'one', container: 'from', prefix };
}

describe('pairFor', () => {
  it('maps a prefix by its base', () => {
    const source: Source = { kind: 'prefix', location: from('a/b/'), base: 'a/', recursive: true };
    expect(pairFor(source, destination)).toEqual({
      sourceContainer: 'from',
      listPrefix: 'a/b/',
      sourceBase: 'a/',
      destinationContainer: 'to',
      destinationBase: 'backup/',
    });
  });

  it('lists only what a wildcard can match', () => {
    const source = { kind: 'prefix', location: from('a/'), base: 'a/', recursive: true } as const;
    expect(pairFor({ ...source, wildcard: 'img*.jpg' }, destination)).toMatchObject({
      listPrefix: 'a/img',
      sourceBase: 'a/',
    });
    expect(pairFor({ ...source, wildcard: '*' }, destination)).toMatchObject({ listPrefix: 'a/' });
    expect(pairFor({ ...source, location: from('a/img'), wildcard: 'i*' }, destination)).toMatchObject({
      listPrefix: 'a/img',
    });
  });

  it('maps a single object from full key to full key', () => {
    const source: Source = { kind: 'object', location: from('a/b.txt'), key: 'a/b.txt' };
    expect(pairFor(source, { ...destination, prefix: 'c.txt' })).toEqual({
      sourceContainer: 'from',
      listPrefix: 'a/b.txt',
      sourceBase: 'a/b.txt',
      destinationContainer: 'to',
      destinationBase: 'c.txt',
    });
  });

  it('maps a list by its prefix', () => {
    const source: Source = { kind: 'list', location: from('a/'), entries: 3 };
    expect(pairFor(source, destination)).toMatchObject({ listPrefix: 'a/', sourceBase: 'a/' });
  });
});

describe('pairsForAccount', () => {
  const account: Location = { account: 'two', container: '', prefix: '' };

  it('maps each container to the one of its name', () => {
    expect(pairsForAccount(['a', '$web'], account, {})).toEqual([
      {
        sourceContainer: 'a',
        listPrefix: '',
        sourceBase: '',
        destinationContainer: 'a',
        destinationBase: '',
      },
      {
        sourceContainer: '$web',
        listPrefix: '',
        sourceBase: '',
        destinationContainer: '$web',
        destinationBase: '',
      },
    ]);
  });

  it('leaves out what the service writes itself', () => {
    expect(pairsForAccount(['$logs', '$blobchangefeed', 'a'], account, {})).toHaveLength(1);
  });

  it('filters containers by exact name', () => {
    const names = (filters: Parameters<typeof pairsForAccount>[2]): string[] =>
      pairsForAccount(['a', 'ab', 'b'], account, filters).map(({ sourceContainer }) => sourceContainer);
    expect(names({ include: { container: ['a', 'b'] } })).toEqual(['a', 'b']);
    expect(names({ exclude: { container: ['a'] } })).toEqual(['ab', 'b']);
    expect(names({ include: { container: ['a', 'b'] }, exclude: { container: ['a'] } })).toEqual(['b']);
    expect(names({ include: { container: [] } })).toEqual([]);
  });

  it('gives each container a folder where the destination is one container', () => {
    const bases = (prefix: string): string[] =>
      pairsForAccount(['a', 'b'], { ...account, container: 'all', prefix }, {}).map(
        (pair) => `${pair.destinationContainer}:${pair.destinationBase}`,
      );
    expect(bases('')).toEqual(['all:a/', 'all:b/']);
    expect(bases('x')).toEqual(['all:x/a/', 'all:x/b/']);
    expect(bases('x/')).toEqual(['all:x/a/', 'all:x/b/']);
  });
});
