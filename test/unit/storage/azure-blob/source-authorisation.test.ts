import { describe, expect, it } from 'vitest';
import type { Account } from '../../../../src/job/account.js';
import {
  bearerAuthorisation,
  isConfiguredSource,
} from '../../../../src/storage/azure-blob/source-authorisation.js';
import { codeOf } from '../../../support/memory-store.js';

const accounts: readonly Account[] = [
  { name: 'one', blobEndpoint: 'https://one.blob.core.windows.net', listingOrder: 'utf8' },
  { name: 'two', blobEndpoint: 'https://127.0.0.1:10000/two', listingOrder: 'utf8' },
];
const signal = new AbortController().signal;

describe('isConfiguredSource', () => {
  it.each(['https://one.blob.core.windows.net/c/a', 'https://127.0.0.1:10000/two/c/a'])(
    'accepts %s',
    (url) => {
      expect(isConfiguredSource(url, accounts)).toBe(true);
    },
  );

  it.each([
    'https://one.blob.core.windows.net.evil.example/c/a',
    'https://one.blob.core.windows.net@evil.example/c/a',
    'https://one.blob.core.windows.net:444/c/a',
    'https://three.blob.core.windows.net/c/a',
    'https://127.0.0.1:10000/twofold/c/a',
    'http://one.blob.core.windows.net/c/a',
    'https://evil.example/?https://one.blob.core.windows.net/',
  ])('refuses %s', (url) => {
    expect(isConfiguredSource(url, accounts)).toBe(false);
  });

  it('refuses a configured endpoint that is not TLS, and everything when nothing is configured', () => {
    const plain = [{ name: 'x', blobEndpoint: 'http://127.0.0.1:1/x', listingOrder: 'utf8' as const }];
    expect(isConfiguredSource('http://127.0.0.1:1/x/c/a', plain)).toBe(false);
    expect(isConfiguredSource('https://one.blob.core.windows.net/c/a', [])).toBe(false);
  });
});

describe('bearerAuthorisation', () => {
  it('asks the credential for every attempt', async () => {
    const asked: unknown[] = [];
    const credential = {
      getToken: (scope: unknown) => {
        asked.push(scope);
        return Promise.resolve({ token: `t${String(asked.length)}`, expiresOnTimestamp: 0 });
      },
    };
    const sources = bearerAuthorisation(credential, accounts);
    const source = { url: 'https://one.blob.core.windows.net/c/a', etag: '"1"' };
    await sources.authorise(source, signal);
    expect(await sources.authorise(source, signal)).toEqual({
      url: source.url,
      authorization: { scheme: 'Bearer', value: 't2' },
    });
    expect(asked).toEqual(['https://storage.azure.com/.default', 'https://storage.azure.com/.default']);
  });

  it('asks for no token on behalf of a host that nobody configured', async () => {
    let asked = 0;
    const credential = {
      getToken: () => {
        asked += 1;
        return Promise.resolve({ token: 't', expiresOnTimestamp: 0 });
      },
    };
    const sources = bearerAuthorisation(credential, accounts);
    const foreign = { url: 'https://evil.example/c/a', etag: '"1"' };
    expect(await codeOf(sources.authorise(foreign, signal))).toBe('source-forbidden');
    expect(asked).toBe(0);
  });

  it('reports a credential that gives no token', async () => {
    const sources = bearerAuthorisation({ getToken: () => Promise.resolve(null) }, accounts);
    const source = { url: 'https://one.blob.core.windows.net/c/a', etag: '"1"' };
    expect(await codeOf(sources.authorise(source, signal))).toBe('source-unauthenticated');
  });
});
