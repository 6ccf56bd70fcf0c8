import { describe, expect, it } from 'vitest';
import { compareOwnWrite } from '../../../src/copy/own-write.js';
import type { Operation } from '../../../src/job/operation.js';
import type { ListedObject } from '../../../src/storage/store.js';

const since = '2026-01-01T00:00:10.900Z';
const operation: Operation = {
  action: 'copy',
  pair: 0,
  key: 'a',
  reason: 'different',
  sizeBytes: 10,
  etag: '"s"',
  lastModified: '2025-01-01T00:00:00.000Z',
  destinationEtag: '"old"',
};
const found: ListedObject = {
  key: 'a',
  sizeBytes: 10,
  etag: '"new"',
  lastModified: '2026-01-01T00:00:10.000Z',
  blobType: 'BlockBlob',
  properties: {},
  metadata: {},
};

describe('compareOwnWrite', () => {
  it('assumes a write of the same length in or after the second in which the unit was taken', () => {
    expect(compareOwnWrite(operation, found, since)).toBe('assumed');
    expect(
      compareOwnWrite(operation, { ...found, lastModified: '2026-01-01T00:00:09.000Z' }, since),
    ).toBeUndefined();
  });

  it('does not take the version that was to be overwritten for the new one', () => {
    expect(compareOwnWrite(operation, { ...found, etag: '"old"' }, since)).toBeUndefined();
  });

  it('takes nothing and another length for no write of ours', () => {
    expect(compareOwnWrite(operation, undefined, since)).toBeUndefined();
    expect(compareOwnWrite(operation, { ...found, sizeBytes: 11 }, since)).toBeUndefined();
  });

  it('believes MD5 where both sides have one, whatever the time', () => {
    const old = { ...found, lastModified: '2020-01-01T00:00:00.000Z', md5: 'm' };
    expect(compareOwnWrite({ ...operation, md5: 'm' }, old, since)).toBe('same');
    expect(compareOwnWrite({ ...operation, md5: 'n' }, { ...found, md5: 'm' }, since)).toBeUndefined();
  });
});
