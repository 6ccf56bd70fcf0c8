import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownAccounts } from '../../../src/localhost/own-accounts.js';
import { ownSettings } from '../../../src/localhost/own-settings.js';
import { readConfig } from '../../../src/runtime/config.js';
import { chooseIdentities } from '../../../src/runtime/identity-choice.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tranship-own-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const from = 'https://from.blob.core.windows.net';

describe('the accounts of an own sign-in', () => {
  it('are those that commands have named, in this folder', () => {
    expect(ownAccounts(folder, [from], undefined)).toEqual([{ name: 'from', blobEndpoint: from }]);
    const zoned = 'https://there.z12.blob.storage.azure.net';
    expect(ownAccounts(folder, [zoned, from], undefined).map(({ name }) => name)).toEqual(['from', 'there']);
    expect(ownAccounts(folder, [], undefined)).toHaveLength(2);
  });

  it('have a file endpoint where one was named', () => {
    ownAccounts(folder, [from], undefined);
    const [account, ...others] = ownAccounts(folder, ['https://from.file.core.windows.net'], undefined);
    expect([account, others]).toEqual([
      { name: 'from', blobEndpoint: from, fileEndpoint: 'https://from.file.core.windows.net' },
      [],
    ]);
  });

  it('may be configured, which is first', () => {
    const configured = JSON.stringify([{ name: 'photos', blobEndpoint: from, listingOrder: 'utf16' }]);
    expect(ownAccounts(folder, [from], configured)).toEqual(JSON.parse(configured));
  });

  it('of one name in two clouds are told apart', () => {
    const other = 'https://from.blob.core.chinacloudapi.cn';
    expect(ownAccounts(folder, [from, other], undefined).map(({ name }) => name)).toEqual(['from', 'from-2']);
  });

  it.each([
    'https://evil.example',
    'http://from.blob.core.windows.net',
    'https://from.queue.core.windows.net',
    'https://10.0.0.4/from',
  ])('are never %s', (endpoint) => {
    expect(ownAccounts(folder, [endpoint], undefined)).toEqual([]);
  });

  it('that are no table are refused', () => {
    expect(() => ownAccounts(folder, [], '[{"name":"x"}]')).toThrow('TRANSHIP_ACCOUNTS');
  });
});

describe('the settings of an own sign-in', () => {
  const platform = {
    TRANSHIP_ENVIRONMENT: 'development',
    AzureWebJobsStorage__blobServiceUri: 'https://127.0.0.1:10000/transhiphost',
  };

  it.each([
    [undefined, {}, { kind: 'azure-cli' }],
    [undefined, { AZCOPY_AUTO_LOGIN_TYPE: 'pscred' }, { kind: 'azure-powershell' }],
    ['azure-cli@contoso.com', {}, { kind: 'azure-cli', tenantId: 'contoso.com' }],
    [
      'environment',
      { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' },
      { kind: 'service-principal', clientId: 'c' },
    ],
    [
      'azure-cli',
      { AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's', TRANSHIP_IDENTITY: 'x' },
      { kind: 'azure-cli' },
    ],
  ])(
    'for %s with %j are understood by the app, whose state stays with its own identity',
    (word, shell, side) => {
      const settings = { ...platform, ...ownSettings([{ name: 'from', blobEndpoint: from }], word, shell) };
      const { app, source, destination } = chooseIdentities(settings);
      expect([app.kind, source, destination]).toMatchObject(['system-assigned', side, side]);
      expect(readConfig(settings).accounts).toMatchObject([{ name: 'from', blobEndpoint: from }]);
      expect(settings).not.toHaveProperty('AZCOPY_AUTO_LOGIN_TYPE');
    },
  );

  it('pass no secret on to a sign-in that needs none', () => {
    expect(JSON.stringify(ownSettings([], 'azure-cli', { AZURE_CLIENT_SECRET: 'hush' }))).not.toContain(
      'hush',
    );
  });

  it.each([
    ['system', {}, 'identity of an app in Azure'],
    ['client-id:c', {}, 'identity of an app in Azure'],
    ['device-code', {}, 'az login --use-device-code'],
    [undefined, { AZCOPY_AUTO_LOGIN_TYPE: 'MSI' }, 'not understood with --local'],
  ])('refuse %s with %j', (word, shell, text) => {
    expect(() => ownSettings([], word, shell)).toThrow(text);
  });
});
