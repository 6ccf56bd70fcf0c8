import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/runtime/config.js';
import { chooseIdentities, chooseIdentity } from '../../../src/runtime/identity-choice.js';

type Settings = Readonly<Record<string, string>>;

const dev = { TRANSHIP_ENVIRONMENT: 'development' };
const msi = { AZCOPY_AUTO_LOGIN_TYPE: 'MSI' };
const spn = {
  AZCOPY_AUTO_LOGIN_TYPE: 'SPN',
  AZCOPY_SPA_APPLICATION_ID: 'app-1',
  AZCOPY_TENANT_ID: 'contoso.com',
};
const resourceId =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n';
const principal = { AZURE_TENANT_ID: 't-1', AZURE_CLIENT_ID: 'app-1' };

const choices: readonly (readonly [string, Settings, unknown])[] = [
  ['nothing', {}, { kind: 'system-assigned' }],
  ['empty settings', { TRANSHIP_IDENTITY: '', AZURE_CLIENT_ID: ' ' }, { kind: 'system-assigned' }],
  ['a client id', { AZURE_CLIENT_ID: 'c-1' }, { kind: 'user-assigned', by: 'client-id', id: 'c-1' }],
  ['system', { TRANSHIP_IDENTITY: 'system' }, { kind: 'system-assigned' }],
  [
    'a client id by our word',
    { TRANSHIP_IDENTITY: 'client-id:c-1' },
    { kind: 'user-assigned', by: 'client-id', id: 'c-1' },
  ],
  [
    'a client id said twice alike',
    { TRANSHIP_IDENTITY: 'client-id:C-1', AZURE_CLIENT_ID: 'c-1' },
    { kind: 'user-assigned', by: 'client-id', id: 'C-1' },
  ],
  [
    'an object id',
    { TRANSHIP_IDENTITY: 'object-id:o-1' },
    { kind: 'user-assigned', by: 'object-id', id: 'o-1' },
  ],
  [
    'a resource id',
    { TRANSHIP_IDENTITY: `resource-id:${resourceId}` },
    { kind: 'user-assigned', by: 'resource-id', id: resourceId },
  ],
  [
    'a secret in the environment',
    { ...principal, TRANSHIP_IDENTITY: 'environment', AZURE_CLIENT_SECRET: 'S3cret' },
    {
      kind: 'service-principal',
      tenantId: 't-1',
      clientId: 'app-1',
      proof: { by: 'secret', setting: 'AZURE_CLIENT_SECRET' },
    },
  ],
  [
    'a certificate and another tenant',
    { ...principal, TRANSHIP_IDENTITY: 'service-principal@t-2', AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' },
    {
      kind: 'service-principal',
      tenantId: 't-2',
      clientId: 'app-1',
      proof: {
        by: 'certificate',
        setting: 'AZURE_CLIENT_CERTIFICATE_PATH',
        passwordSetting: 'AZURE_CLIENT_CERTIFICATE_PASSWORD',
      },
    },
  ],
  [
    'a workload identity',
    { ...principal, TRANSHIP_IDENTITY: 'workload', AZURE_FEDERATED_TOKEN_FILE: '/t' },
    { kind: 'workload', tenantId: 't-1', clientId: 'app-1' },
  ],
  ['the Azure CLI', { ...dev, TRANSHIP_IDENTITY: 'azure-cli' }, { kind: 'azure-cli' }],
  [
    'the Azure CLI in a tenant',
    { ...dev, TRANSHIP_IDENTITY: 'azure-cli@contoso.com' },
    { kind: 'azure-cli', tenantId: 'contoso.com' },
  ],
  [
    'Azure PowerShell in the tenant of the environment',
    { ...dev, TRANSHIP_IDENTITY: 'azure-powershell', AZURE_TENANT_ID: 't-1' },
    { kind: 'azure-powershell', tenantId: 't-1' },
  ],
  ['a device code', { ...dev, TRANSHIP_IDENTITY: 'device-code' }, { kind: 'device-code' }],
  ["AzCopy's MSI", msi, { kind: 'system-assigned' }],
  [
    "AzCopy's MSI by client id",
    { ...msi, AZCOPY_MSI_CLIENT_ID: 'c-1' },
    { kind: 'user-assigned', by: 'client-id', id: 'c-1' },
  ],
  [
    "AzCopy's MSI by object id",
    { ...msi, AZCOPY_MSI_OBJECT_ID: 'o-1' },
    { kind: 'user-assigned', by: 'object-id', id: 'o-1' },
  ],
  [
    "AzCopy's MSI by resource",
    { ...msi, AZCOPY_MSI_RESOURCE_STRING: resourceId },
    { kind: 'user-assigned', by: 'resource-id', id: resourceId },
  ],
  [
    "AzCopy's SPN with a secret",
    { ...spn, AZCOPY_SPA_CLIENT_SECRET: 'S3cret' },
    {
      kind: 'service-principal',
      tenantId: 'contoso.com',
      clientId: 'app-1',
      proof: { by: 'secret', setting: 'AZCOPY_SPA_CLIENT_SECRET' },
    },
  ],
  [
    "AzCopy's SPN with a certificate",
    { ...spn, AZCOPY_SPA_CERT_PATH: '/c.pem', AZCOPY_SPA_CERT_PASSWORD: 'S3cret' },
    {
      kind: 'service-principal',
      tenantId: 'contoso.com',
      clientId: 'app-1',
      proof: {
        by: 'certificate',
        setting: 'AZCOPY_SPA_CERT_PATH',
        passwordSetting: 'AZCOPY_SPA_CERT_PASSWORD',
      },
    },
  ],
  [
    "AzCopy's CLI, in any letters, with a tenant",
    { ...dev, AZCOPY_AUTO_LOGIN_TYPE: 'AzCli', AZCOPY_TENANT_ID: 't-1' },
    { kind: 'azure-cli', tenantId: 't-1' },
  ],
  ["AzCopy's PowerShell", { ...dev, AZCOPY_AUTO_LOGIN_TYPE: 'PSCRED' }, { kind: 'azure-powershell' }],
  ["AzCopy's device code", { ...dev, AZCOPY_AUTO_LOGIN_TYPE: 'DEVICE' }, { kind: 'device-code' }],
  [
    "AzCopy's workload",
    { AZCOPY_AUTO_LOGIN_TYPE: 'WORKLOAD', AZURE_CLIENT_ID: 'app-1' },
    { kind: 'workload', clientId: 'app-1' },
  ],
];

const refused: readonly (readonly [string, Settings, string])[] = [
  ['both ways to choose', { ...msi, TRANSHIP_IDENTITY: 'system' }, 'TRANSHIP_IDENTITY'],
  ['an unknown word', { TRANSHIP_IDENTITY: 'me' }, 'TRANSHIP_IDENTITY'],
  ['an unknown type', { AZCOPY_AUTO_LOGIN_TYPE: 'AUTO' }, 'AZCOPY_AUTO_LOGIN_TYPE'],
  ['system beside a client id', { TRANSHIP_IDENTITY: 'system', AZURE_CLIENT_ID: 'c' }, 'AZURE_CLIENT_ID'],
  ['two client ids', { TRANSHIP_IDENTITY: 'client-id:a', AZURE_CLIENT_ID: 'b' }, 'AZURE_CLIENT_ID'],
  [
    'an object id beside a client id',
    { TRANSHIP_IDENTITY: 'object-id:a', AZURE_CLIENT_ID: 'b' },
    'AZURE_CLIENT_ID',
  ],
  [
    'MSI beside another client id',
    { ...msi, AZCOPY_MSI_CLIENT_ID: 'a', AZURE_CLIENT_ID: 'b' },
    'AZURE_CLIENT_ID',
  ],
  [
    'a person beside a client id',
    { ...dev, TRANSHIP_IDENTITY: 'azure-cli', AZURE_CLIENT_ID: 'b' },
    'AZURE_CLIENT_ID',
  ],
  [
    'two names of MSI',
    { ...msi, AZCOPY_MSI_CLIENT_ID: 'a', AZCOPY_MSI_OBJECT_ID: 'b' },
    'AZCOPY_MSI_OBJECT_ID',
  ],
  [
    'a name of MSI and a resource',
    { ...msi, AZCOPY_MSI_OBJECT_ID: 'a', AZCOPY_MSI_RESOURCE_STRING: '/b' },
    'AZCOPY_MSI_RESOURCE_STRING',
  ],
  ['a name of MSI without MSI', { AZCOPY_MSI_CLIENT_ID: 'a' }, 'AZCOPY_MSI_CLIENT_ID'],
  [
    'a name of MSI with SPN',
    { ...spn, AZCOPY_SPA_CLIENT_SECRET: 's', AZCOPY_MSI_CLIENT_ID: 'a' },
    'AZCOPY_MSI_CLIENT_ID',
  ],
  ['a secret of SPN with MSI', { ...msi, AZCOPY_SPA_CLIENT_SECRET: 'S3cret' }, 'AZCOPY_SPA_CLIENT_SECRET'],
  ['a secret of SPN without SPN', { AZCOPY_SPA_CLIENT_SECRET: 'S3cret' }, 'AZCOPY_SPA_CLIENT_SECRET'],
  ['a tenant without a type', { AZCOPY_TENANT_ID: 't' }, 'AZCOPY_TENANT_ID'],
  ['a tenant with MSI', { ...msi, AZCOPY_TENANT_ID: 't' }, 'AZCOPY_TENANT_ID'],
  [
    'SPN without an application',
    { AZCOPY_AUTO_LOGIN_TYPE: 'SPN', AZCOPY_TENANT_ID: 't' },
    'AZCOPY_AUTO_LOGIN_TYPE',
  ],
  ['SPN without a proof', spn, 'AZCOPY_AUTO_LOGIN_TYPE'],
  [
    'SPN with two proofs',
    { ...spn, AZCOPY_SPA_CLIENT_SECRET: 'S3cret', AZCOPY_SPA_CERT_PATH: '/c.pem' },
    'AZCOPY_AUTO_LOGIN_TYPE',
  ],
  ['a PFX file', { ...spn, AZCOPY_SPA_CERT_PATH: '/c.PFX' }, 'AZCOPY_SPA_CERT_PATH'],
  [
    'an authority by its name in AzCopy',
    { ...msi, AZCOPY_ACTIVE_DIRECTORY_ENDPOINT: 'https://login.microsoftonline.us' },
    'AZCOPY_ACTIVE_DIRECTORY_ENDPOINT',
  ],
  [
    'an application without a tenant',
    { TRANSHIP_IDENTITY: 'environment', AZURE_CLIENT_ID: 'a' },
    'TRANSHIP_IDENTITY',
  ],
  ['an application without a proof', { ...principal, TRANSHIP_IDENTITY: 'environment' }, 'TRANSHIP_IDENTITY'],
  [
    'an application with two proofs',
    {
      ...principal,
      TRANSHIP_IDENTITY: 'environment',
      AZURE_CLIENT_SECRET: 'S3cret',
      AZURE_CLIENT_CERTIFICATE_PATH: '/c',
    },
    'TRANSHIP_IDENTITY',
  ],
  ['a secret that nobody uses', { ...principal, AZURE_CLIENT_SECRET: 'S3cret' }, 'AZURE_CLIENT_SECRET'],
  ['a federated token that nobody uses', { AZURE_FEDERATED_TOKEN_FILE: '/t' }, 'AZURE_FEDERATED_TOKEN_FILE'],
  ['an id that is none', { TRANSHIP_IDENTITY: 'client-id:a b' }, 'TRANSHIP_IDENTITY'],
  ['a client id that is none', { AZURE_CLIENT_ID: 'a?b=c' }, 'AZURE_CLIENT_ID'],
  ['a resource id that is none', { TRANSHIP_IDENTITY: 'resource-id:name' }, 'TRANSHIP_IDENTITY'],
  ['a tenant that is none', { ...dev, TRANSHIP_IDENTITY: 'azure-cli@a b' }, 'TRANSHIP_IDENTITY'],
  [
    'a tenant of the environment that is none',
    { ...dev, TRANSHIP_IDENTITY: 'azure-cli', AZURE_TENANT_ID: 'a;b' },
    'AZURE_TENANT_ID',
  ],
  ['a managed identity in a tenant', { TRANSHIP_IDENTITY: 'system@t' }, 'TRANSHIP_IDENTITY'],
  ['the Azure CLI in production', { TRANSHIP_IDENTITY: 'azure-cli' }, 'TRANSHIP_IDENTITY'],
  ['a device code in production', { AZCOPY_AUTO_LOGIN_TYPE: 'DEVICE' }, 'TRANSHIP_IDENTITY'],
  ['a person of a side in production', { TRANSHIP_SOURCE_IDENTITY: 'azure-cli' }, 'TRANSHIP_SOURCE_IDENTITY'],
  ['an unknown word of a side', { TRANSHIP_DESTINATION_IDENTITY: 'me' }, 'TRANSHIP_DESTINATION_IDENTITY'],
  [
    "a side's application that might be the app's",
    {
      ...principal,
      TRANSHIP_SOURCE_IDENTITY: 'environment',
      AZURE_CLIENT_SECRET: 'S3cret',
    },
    'TRANSHIP_IDENTITY',
  ],
];

describe('the identity of the app', () => {
  it.each(choices)('comes from %s', (_, environment, choice) => {
    expect(chooseIdentity(environment)).toEqual(choice);
    expect(JSON.stringify(chooseIdentity(environment))).not.toContain('S3cret');
  });

  it.each(refused)(
    'is not chosen by %s; the error names the setting and what to do',
    (_, environment, setting) => {
      let error: unknown;
      try {
        chooseIdentities(environment);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ setting });
      expect((error as Error).message).toMatch(
        /set |remove|keep|must be|needs|looks like|give|say|is an id|convert/,
      );
      expect((error as Error).message).not.toContain('S3cret');
    },
  );
});
