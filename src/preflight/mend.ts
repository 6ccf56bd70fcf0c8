import { type Account, storageAccountName } from '../job/account.js';
import type { Side } from '../storage/side.js';
import type { CheckName, FindingCode } from './finding.js';

/** The identity that sends the requests. */
export interface Principal {
  readonly objectId: string;
  readonly type: 'ServicePrincipal' | 'User';
}

/** What a command for one place needs to know. */
export interface MendParts {
  readonly account: Account;
  /** Absent: blob. */
  readonly service?: 'files' | undefined;
  /** Empty: the whole account. */
  readonly container: string;
  readonly principal: Principal | undefined;
  /** The function app; absent: shell variables stand for it. */
  readonly app?: { readonly name: string; readonly resourceGroup: string } | undefined;
}

/** No role for file data grants what shares themselves take: their list, and their snapshots. */
const sharesRole = 'Tranship Share Snapshots';
const shareActions = ['read', 'write', 'delete'].map(
  (action) => `Microsoft.Storage/storageAccounts/fileServices/shares/${action}`,
);

/** The role as a sentence names it; of one that is not built in, what is in it. */
export function roleText(role: string): string {
  return role === sharesRole ? `a custom role with ${shareActions.join(', ')}` : `"${role}"`;
}

/** Rights that are only of use on the whole account. */
export const accountRights: ReadonlySet<CheckName> = new Set([
  'delegate',
  'snapshot',
  'takeSnapshot',
  'deleteSnapshot',
]);

/** Rights of their own, by service; all others are to read or to write. */
const ownRoles: Readonly<Record<'blob' | 'files', Readonly<Partial<Record<CheckName, string>>>>> = {
  blob: {
    tags: 'Storage Blob Data Owner',
    writeTags: 'Storage Blob Data Owner',
    delegate: 'Storage Blob Delegator',
  },
  files: {
    containers: sharesRole,
    makeContainer: sharesRole,
    snapshot: sharesRole,
    takeSnapshot: sharesRole,
    deleteSnapshot: sharesRole,
    delegate: 'Storage File Delegator',
  },
};

/** Least role that grants a check. */
export function roleFor(check: CheckName, side: Side, service: 'blob' | 'files' = 'blob'): string {
  const own = ownRoles[service][check];
  if (own !== undefined) return own;
  const reads = side === 'source' || check === 'list' || check === 'containers';
  if (service === 'files') {
    return reads ? 'Storage File Data Privileged Reader' : 'Storage File Data Privileged Contributor';
  }
  return reads ? 'Storage Blob Data Reader' : 'Storage Blob Data Contributor';
}

/** The command that mends a failed check, or undefined where none does. Pure; every word is quoted for a POSIX shell. */
export function mendingCommand(code: FindingCode, role: string, parts: MendParts): string | undefined {
  const name = storageAccountName(parts.account.blobEndpoint);
  switch (code) {
    case 'role-missing':
      return role === sharesRole
        ? `${defineSharesRole(name)}; ${assignRole(role, name, parts)}`
        : assignRole(role, name, parts);
    case 'firewall':
      return `az storage account network-rule add --account-name ${quote(name)} --subnet ${subnetOf(parts)}`;
    case 'source-firewall':
      return `az storage account network-rule add --account-name ${quote(name)} --subnet ${subnetOf(parts)}`;
    case 'copy-scope':
      return `az storage account update --name ${quote(name)} --allowed-copy-scope AAD`;
    case 'container-not-found':
      return parts.service === 'files'
        ? `az storage share-rm create --storage-account ${quote(name)} --name ${quote(parts.container)}`
        : `az storage container create --account-name ${quote(name)} --name ${quote(parts.container)} --auth-mode login`;
    default:
      return undefined;
  }
}

/** Puts the account, with this service of it, into the network that the app's private endpoints are in. */
export function privateEndpointCommand(account: Account, service: 'files' | undefined): string {
  const name = quote(storageAccountName(account.blobEndpoint));
  const group = service === 'files' ? 'file' : 'blob';
  const id = `"$(az storage account show --name ${name} --query id --output tsv)"`;
  return `az network private-endpoint create --name ${name}-${group} --connection-name ${name}-${group} --resource-group "$RESOURCE_GROUP" --subnet "$PRIVATE_ENDPOINT_SUBNET_ID" --private-connection-resource-id ${id} --group-id ${group}`;
}

/** Says so, and changes nothing, when the role is there already. */
function defineSharesRole(account: string): string {
  const id = `$(az storage account show --name ${quote(account)} --query id --output tsv | cut -d/ -f1-3)`;
  const definition = {
    Name: sharesRole,
    Description: 'Lists shares, takes and deletes their snapshots.',
    Actions: shareActions,
  };
  const text = JSON.stringify({ ...definition, AssignableScopes: [id] }).replaceAll('"', '\\"');
  return `az role definition create --role-definition "${text}"`;
}

function assignRole(role: string, account: string, { service, container, principal }: MendParts): string {
  const id = `$(az storage account show --name ${quote(account)} --query id --output tsv)`;
  const within = service === 'files' ? 'fileServices/default/fileshares' : 'blobServices/default/containers';
  const scope = container === '' ? id : `${id}/${within}/${container}`;
  return [
    'az role assignment create',
    `--assignee-object-id ${principal === undefined ? '"$IDENTITY_OBJECT_ID"' : quote(principal.objectId)}`,
    `--assignee-principal-type ${principal?.type ?? 'ServicePrincipal'}`,
    `--role ${JSON.stringify(role)}`,
    `--scope "${scope}"`,
  ].join(' ');
}

function subnetOf({ app }: MendParts): string {
  const name = app === undefined ? '"$APP"' : quote(app.name);
  const group = app === undefined ? '"$RESOURCE_GROUP"' : quote(app.resourceGroup);
  return `"$(az functionapp show --name ${name} --resource-group ${group} --query virtualNetworkSubnetId --output tsv)"`;
}

function quote(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
