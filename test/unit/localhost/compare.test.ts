import type { BlobItem } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import { compareListings } from '../../../src/localhost/demo/compare.js';

function item(
  name: string,
  changes: { properties?: object; metadata?: object; tags?: object } = {},
): BlobItem {
  return {
    name,
    properties: {
      contentLength: 3,
      contentMD5: Buffer.from('abc'),
      contentType: 'text/plain',
      blobType: 'BlockBlob',
      accessTier: 'Hot',
      accessTierInferred: true,
      etag: String(name.length),
      ...changes.properties,
    },
    metadata: changes.metadata ?? { Origin: 'x' },
    ...(changes.tags === undefined ? {} : { tags: changes.tags }),
  } as unknown as BlobItem;
}

function listing(...items: BlobItem[]): ReadonlyMap<string, BlobItem> {
  return new Map(items.map((one) => [one.name, one]));
}

describe('comparing both sides of the demo', () => {
  it('finds nothing between equal listings, whatever the ETags and the order of metadata', () => {
    const left = item('a', { properties: { etag: '1' }, metadata: { A: '1', b: '2' } });
    const right = item('a', { properties: { etag: '2' }, metadata: { b: '2', A: '1' } });
    expect(compareListings(listing(left), listing(right))).toEqual([]);
  });

  it('names what is missing on either side', () => {
    expect(compareListings(listing(item('a')), listing(item('b')))).toEqual([
      '"a" is missing at the target',
      '"b" is only at the target',
    ]);
  });

  it.each([
    ['size', { properties: { contentLength: 4 } }],
    ['MD5', { properties: { contentMD5: Buffer.from('abd') } }],
    ['content type', { properties: { contentType: 'text/html' } }],
    ['cache control', { properties: { cacheControl: 'no-store' } }],
    ['tier', { properties: { accessTier: 'Cool', accessTierInferred: false } }],
    ['type', { properties: { blobType: 'AppendBlob' } }],
    ['metadata', { metadata: { origin: 'x' } }],
    ['tags', { tags: { a: '1' } }],
  ])('finds another %s', (aspect, changes) => {
    const differences = compareListings(listing(item('a')), listing(item('a', changes)));
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatch(new RegExp(`^${aspect} of "a"`));
  });
});
