import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { storageAccountName } from '../../../src/job/account.js';
import { mendingCommand, roleFor } from '../../../src/preflight/mend.js';

const account = {
  name: 'photos',
  blobEndpoint: 'https://st4photos.z1.blob.storage.azure.net',
  listingOrder: 'utf8' as const,
};
const parts = { account, container: '', principal: undefined };

it('names the storage account by its endpoint, not by its name in the table', () => {
  expect(storageAccountName(account.blobEndpoint)).toBe('st4photos');
  expect(storageAccountName('https://127.0.0.1:10000/source')).toBe('source');
});

it('gives a role for a whole account, and leaves a variable for an identity that nobody knows', () => {
  expect(mendingCommand('role-missing', roleFor('containers', 'source'), parts)).toBe(
    'az role assignment create --assignee-object-id "$IDENTITY_OBJECT_ID" --assignee-principal-type ServicePrincipal --role "Storage Blob Data Reader" --scope "$(az storage account show --name st4photos --query id --output tsv)"',
  );
  const principal = { objectId: '1234-5678', type: 'User' as const };
  expect(mendingCommand('role-missing', 'Storage Blob Data Reader', { ...parts, principal })).toContain(
    '--assignee-object-id 1234-5678 --assignee-principal-type User ',
  );
});

it('lets in the network of the app, named where the platform names it', () => {
  expect(mendingCommand('firewall', '', parts)).toContain(
    '--name "$APP" --resource-group "$RESOURCE_GROUP" ',
  );
  const app = { name: 'copy-app', resourceGroup: "it's (all)" };
  expect(mendingCommand('source-firewall', '', { ...parts, app })).toBe(
    `az storage account network-rule add --account-name st4photos --subnet "$(az functionapp show --name copy-app --resource-group 'it'\\''s (all)' --query virtualNetworkSubnetId --output tsv)"`,
  );
});

it('has a command for a copy scope and for a container, and none for what no command mends', () => {
  expect(mendingCommand('copy-scope', '', parts)).toContain('--allowed-copy-scope AAD');
  expect(mendingCommand('container-not-found', '', { ...parts, container: 'data' })).toContain(
    '--name data ',
  );
  for (const code of ['wrong-tenant', 'no-token', 'account-disabled', 'unreachable', 'refused'] as const) {
    expect(mendingCommand(code, '', parts)).toBeUndefined();
  }
});

it('asks for the least role that grants a check', () => {
  expect(roleFor('read', 'source')).toBe('Storage Blob Data Reader');
  expect(roleFor('list', 'destination')).toBe('Storage Blob Data Reader');
  expect(roleFor('delete', 'destination')).toBe('Storage Blob Data Contributor');
  expect(roleFor('tags', 'source')).toBe('Storage Blob Data Owner');
});

it('defines the role for shares in the subscription of the account, and grants it on the account', () => {
  const role = roleFor('takeSnapshot', 'source', 'files');
  expect(role).toBe(roleFor('containers', 'source', 'files'));
  const command = mendingCommand('role-missing', role, { ...parts, service: 'files' }) ?? '';
  const id = '/subscriptions/1-2-3/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st4photos';
  const az = `az() { case "$1" in storage) echo ${id};; *) printf '%s\\n' "$@";; esac; }`;
  const words = execFileSync('sh', ['-c', `${az}; ${command}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(words.slice(0, 4)).toEqual(['role', 'definition', 'create', '--role-definition']);
  const shares = 'Microsoft.Storage/storageAccounts/fileServices/shares';
  expect(JSON.parse(words[4] ?? '')).toMatchObject({
    Name: role,
    Actions: [`${shares}/read`, `${shares}/write`, `${shares}/delete`],
    AssignableScopes: ['/subscriptions/1-2-3'],
  });
  expect(words.slice(5, 8)).toEqual(['role', 'assignment', 'create']);
  expect(words.slice(-4)).toEqual(['--role', role, '--scope', id]);
});
