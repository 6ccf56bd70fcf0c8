import { describe, expect, it } from 'vitest';
import { openAccounts } from '../../../src/storage/open.js';

const options = {
  accounts: [
    { name: 'one', blobEndpoint: 'https://one.blob.core.windows.net', listingOrder: 'utf8' as const },
  ],
  credential: { getToken: () => Promise.resolve(null) },
  clientRequestId: 'job.r1',
  onRequest: () => undefined,
};

describe('openAccounts', () => {
  it('opens an account of the table and names it', () => {
    const store = openAccounts(options)('one').container('c');
    expect(store).toMatchObject({
      account: 'one',
      container: 'c',
      capabilities: { order: 'utf8', flat: true, blocks: true, ranges: false, tags: true, tiers: true },
    });
  });

  it('refuses a name that is not in the table', () => {
    expect(() => openAccounts(options)('two')).toThrow(expect.objectContaining({ code: 'unexpected' }));
  });

  it('addresses a copy source byte by byte', () => {
    const store = openAccounts(options)('one').container('c');
    expect(store.source('a/../b ü', '"1"')).toEqual({
      url: 'https://one.blob.core.windows.net/c/a%2F..%2Fb%20%C3%BC',
      etag: '"1"',
    });
  });
});
