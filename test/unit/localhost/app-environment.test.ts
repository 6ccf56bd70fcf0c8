import { describe, expect, it } from 'vitest';
import type { CloudAccount } from '../../../src/localhost/cloud/cloud.js';
import { readConfig } from '../../../src/runtime/config.js';
import { appEnvironment, appIdentity, appRoles } from '../../../src/localhost/app-environment.js';

const account = (name: string): CloudAccount => ({
  name,
  key: 'SECRET',
  blobEndpoint: `https://127.0.0.1:9000/${name}`,
  queueEndpoint: '',
  tableEndpoint: '',
  fileEndpoint: `https://127.0.0.1:9006/${name}`,
});
const cloud = {
  accounts: ['source', 'target', 'transhiphost'].map(account),
  caFile: '/state/cloud-cert.pem',
  identityEndpoint: 'http://127.0.0.1:9004/msi/token',
  identityHeader: 'header',
};

describe('the app settings of the local host', () => {
  it('are settings that the app accepts, with both accounts and the state account', () => {
    const config = readConfig(appEnvironment(cloud, {}));
    expect(config.environment).toBe('development');
    expect(
      config.accounts.map(({ name, listingOrder, fileEndpoint }) => [name, listingOrder, fileEndpoint]),
    ).toEqual([
      ['source', 'utf16', 'https://127.0.0.1:9006/source'],
      ['target', 'utf16', 'https://127.0.0.1:9006/target'],
    ]);
    expect(config.stateEndpoint).toBe('https://127.0.0.1:9000/transhiphost');
  });

  it('hold no account key', () => {
    expect(JSON.stringify(appEnvironment(cloud, {}))).not.toContain('SECRET');
  });

  it('take nothing from the shell that could change who the app is or where requests go', () => {
    const shell = {
      PATH: '/bin',
      AZURE_CLIENT_ID: 'me',
      HTTPS_PROXY: 'http://proxy',
      TRANSHIP_SLICE_MS: '500',
    };
    const environment = appEnvironment(cloud, shell);
    expect(environment).not.toHaveProperty('AZURE_CLIENT_ID');
    expect(environment).not.toHaveProperty('HTTPS_PROXY');
    expect(environment).toMatchObject({ PATH: '/bin', TRANSHIP_SLICE_MS: '500' });
  });

  it('give the identity no right to write at the source, but to take snapshots of its shares', () => {
    const source = appRoles.filter((role) => role.account === 'source');
    expect(source.map((role) => [role.identity, [...role.actions]])).toEqual([
      [appIdentity.objectId, ['read', 'tags', 'shares', 'delegate']],
    ]);
  });
});
