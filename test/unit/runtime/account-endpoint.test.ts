import { describe, expect, it } from 'vitest';
import { isSameAccount, readEndpoint } from '../../../src/runtime/account-endpoint.js';
import { readConfig } from '../../../src/runtime/config.js';

describe('an endpoint of the account table', () => {
  it.each([
    'https://one.blob.core.windows.net',
    'https://one.blob.core.windows.net/',
    'https://one-secondary.blob.core.windows.net',
    'https://one.z12.blob.storage.azure.net',
    'https://one.blob.core.chinacloudapi.cn',
    'https://one.blob.core.usgovcloudapi.net',
    'https://one.blob.core.sovcloud-api.fr',
  ])('may be %s', (text) => {
    expect(readEndpoint(text, false)).toBe(text.replace(/\/$/, ''));
  });

  it.each([
    'http://one.blob.core.windows.net',
    'https://one.blob.core.windows.net.evil.example',
    'https://one.blob.core.windows.net.',
    'https://one.blob.core.windows.net:443',
    'https://one.blob.core.windows.net//',
    'https://one.blob.core.windows.net/c',
    'https://one.blob.core.windows.net?x',
    'https://one.blob.core.windows.net#x',
    'https://me@one.blob.core.windows.net',
    'https://one.evil.blob.core.windows.net',
    'https://one.z.blob.storage.azure.net',
    'https://one.z1x.blob.storage.azure.net',
    'https://one.blob.storage.azure.net',
    'https://oneblob.core.windows.net',
    'https://one.blobxcore.windows.net',
    'https://ONE.blob.core.windows.net',
    'https://оne.blob.core.windows.net',
    'https://one。blob.core.windows.net',
    'https://on.blob.core.windows.net',
    'https://evil.example/one.blob.core.windows.net',
    'https://evil.example\\.blob.core.windows.net',
    'https://10.1.2.3',
    'https://[::1]',
    'https://169.254.169.254',
    'https://host',
    'https://127.0.0.1:10000/one',
    'https://localhost:10000/one',
    ' https://one.blob.core.windows.net',
    'https://one.blob.core.windows.net\n',
    'https://one\n.blob.core.windows.net',
  ])('may not be %j', (text) => {
    expect(readEndpoint(text, false)).toBeUndefined();
  });

  it.each([
    ['https://127.0.0.1:10000/one', true],
    ['https://localhost:10000/one', true],
    ['https://127.0.0.1.evil.example:10000/one', false],
    ['https://127.0.0.2:10000/one', false],
    ['https://[::1]:10000/one', false],
    ['https://127.0.0.1:10000/one/two', false],
    ['https://127.0.0.1:10000@evil.example', false],
    ['https://2130706433:10000/one', false],
    ['http://127.0.0.1:10000/one', false],
  ])('of the local cloud, %s: %s', (text, allowed) => {
    expect(readEndpoint(text, true) !== undefined).toBe(allowed);
  });
});

describe('the host account of the app', () => {
  it.each([
    ['https://host.blob.core.windows.net', 'https://host.blob.core.windows.net', true],
    ['https://host-secondary.blob.core.windows.net', 'https://host.blob.core.windows.net', true],
    ['https://host.z12.blob.storage.azure.net', 'https://host.blob.core.windows.net', true],
    ['https://host1.blob.core.windows.net', 'https://host.blob.core.windows.net', false],
    ['https://localhost:1/host', 'https://127.0.0.1:1/host', true],
    ['https://127.0.0.1:1/one', 'https://127.0.0.1:1/host', false],
    ['https://127.0.0.1:2/host', 'https://127.0.0.1:1/host', false],
  ])('%s and %s are one account: %s', (one, other, same) => {
    expect(isSameAccount(one, other)).toBe(same);
  });

  it.each(['https://host', 'https://host-secondary'])(
    'is refused as source or destination, as %s…',
    (start) => {
      const settings = {
        AzureWebJobsStorage__accountName: 'host',
        TRANSHIP_ACCOUNTS: JSON.stringify([{ name: 'mine', blobEndpoint: `${start}.blob.core.windows.net` }]),
      };
      expect(() => readConfig(settings)).toThrow(/mine is the host account.*remove it/);
    },
  );
});
