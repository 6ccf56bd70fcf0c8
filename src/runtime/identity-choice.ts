import { azCopyChoice, refuseStrayAzCopySettings } from './azcopy-identity.js';
import { ConfigError } from './config.js';
import type { Environment } from './environment.js';
import { settingOf } from './environment.js';

/** Who to be. Holds ids and names of settings, never a secret, so it may be shown as it is. */
export type IdentityChoice =
  | { readonly kind: 'system-assigned' }
  | { readonly kind: 'user-assigned'; readonly by: ManagedIdentityName; readonly id: string }
  | ServicePrincipal
  | { readonly kind: 'workload'; readonly tenantId?: string; readonly clientId?: string }
  | { readonly kind: 'azure-cli' | 'azure-powershell' | 'device-code'; readonly tenantId?: string };

/** What names a user-assigned identity. */
export type ManagedIdentityName = 'client-id' | 'object-id' | 'resource-id';

/** An application that signs in with a secret or a certificate; `setting` is the name of the setting that holds it. */
export interface ServicePrincipal {
  readonly kind: 'service-principal';
  readonly tenantId: string;
  readonly clientId: string;
  readonly proof:
    | { readonly by: 'secret'; readonly setting: string }
    | { readonly by: 'certificate'; readonly setting: string; readonly passwordSetting: string };
}

/** What the app is for its own state, and for each side of a copy. */
export interface IdentityChoices {
  readonly app: IdentityChoice;
  readonly source: IdentityChoice;
  readonly destination: IdentityChoice;
}

/** The identities of the app and of each side; a side without a setting of its own uses the app's. Throws `ConfigError`. */
export function chooseIdentities(environment: Environment): IdentityChoices {
  const app = chooseIdentity(environment);
  return {
    app,
    source: chooseForSide(environment, 'TRANSHIP_SOURCE_IDENTITY') ?? app,
    destination: chooseForSide(environment, 'TRANSHIP_DESTINATION_IDENTITY') ?? app,
  };
}

/**
 * The identity of the app, from `TRANSHIP_IDENTITY` or from AzCopy's settings; with neither the managed identity,
 * user-assigned when `AZURE_CLIENT_ID` is set. Throws `ConfigError` when settings contradict each other.
 */
export function chooseIdentity(environment: Environment): IdentityChoice {
  const word = settingOf(environment, 'TRANSHIP_IDENTITY');
  const azCopyType = settingOf(environment, 'AZCOPY_AUTO_LOGIN_TYPE');
  if (word !== undefined && azCopyType !== undefined) {
    throw new ConfigError(
      'TRANSHIP_IDENTITY',
      'AZCOPY_AUTO_LOGIN_TYPE is set as well, and both say who to be; remove one of them',
    );
  }
  if (azCopyType === undefined) refuseStrayAzCopySettings(environment);
  if (word !== undefined) return checked(parseWord('TRANSHIP_IDENTITY', word, environment), environment);
  if (azCopyType !== undefined) return checked(azCopyChoice(environment, azCopyType), environment);
  return defaultChoice(environment);
}

function defaultChoice(environment: Environment): IdentityChoice {
  const clientId = settingOf(environment, 'AZURE_CLIENT_ID');
  const unused = unusedSecrets.find(([setting]) => settingOf(environment, setting) !== undefined);
  if (aSideOwnsClientId(environment)) {
    if (clientId !== undefined) {
      throw new ConfigError(
        'TRANSHIP_IDENTITY',
        'AZURE_CLIENT_ID is for the identity of a side; say who the app itself is, for example TRANSHIP_IDENTITY=system',
      );
    }
  } else if (unused !== undefined) {
    const [setting, word] = unused;
    throw new ConfigError(
      setting,
      `is set, but nothing says to use it; set TRANSHIP_IDENTITY=${word}, or remove it for the managed identity`,
    );
  }
  return clientId === undefined
    ? { kind: 'system-assigned' }
    : { kind: 'user-assigned', by: 'client-id', id: checkId('AZURE_CLIENT_ID', 'client-id', clientId) };
}

/** True when a side signs in as the application that `AZURE_CLIENT_ID` names; it then says nothing about the app itself. */
function aSideOwnsClientId(environment: Environment): boolean {
  return ['TRANSHIP_SOURCE_IDENTITY', 'TRANSHIP_DESTINATION_IDENTITY'].some((side) =>
    /^(environment|service-principal|workload)(@|$)/.test(settingOf(environment, side) ?? ''),
  );
}

const unusedSecrets = [
  ['AZURE_CLIENT_SECRET', 'environment'],
  ['AZURE_CLIENT_CERTIFICATE_PATH', 'environment'],
  ['AZURE_FEDERATED_TOKEN_FILE', 'workload'],
] as const;

function chooseForSide(environment: Environment, setting: string): IdentityChoice | undefined {
  const word = settingOf(environment, setting);
  if (word === undefined) return undefined;
  const choice = parseWord(setting, word, environment);
  refusePersonInProduction(choice, environment, setting);
  return choice;
}

function parseWord(setting: string, text: string, environment: Environment): IdentityChoice {
  const named = /^(client-id|object-id|resource-id):(.*)$/.exec(text);
  if (named !== null) {
    const by = named[1] as ManagedIdentityName;
    return { kind: 'user-assigned', by, id: checkId(setting, by, named[2] ?? '') };
  }
  const [word = '', ...rest] = text.split('@');
  const tenantId = tenantOf(setting, rest, environment);
  const tenant = tenantId === undefined ? {} : { tenantId };
  switch (word) {
    case 'system':
      return systemAssigned(setting, rest.length > 0);
    case 'environment':
    case 'service-principal':
      return servicePrincipal(setting, tenantId, environment);
    case 'workload':
      return { kind: 'workload', ...tenant, ...workloadClient(environment) };
    case 'azure-cli':
    case 'azure-powershell':
    case 'device-code':
      return { kind: word, ...tenant };
    default:
      throw new ConfigError(setting, `must be one of ${identityWords}`);
  }
}

function tenantOf(setting: string, afterAt: readonly string[], environment: Environment): string | undefined {
  const inWord = afterAt.length > 0;
  const tenantId = inWord ? afterAt.join('@') : settingOf(environment, 'AZURE_TENANT_ID');
  if (tenantId !== undefined && !/^[A-Za-z0-9.-]+$/.test(tenantId)) {
    throw new ConfigError(
      inWord ? setting : 'AZURE_TENANT_ID',
      'a tenant is an id or a domain: letters, digits, dots and hyphens',
    );
  }
  return tenantId;
}

/** The application that the platform of a workload identity has named; absent: it is in the environment of the SDK. */
function workloadClient(environment: Environment): { clientId?: string } {
  const clientId = settingOf(environment, 'AZURE_CLIENT_ID');
  return clientId === undefined ? {} : { clientId };
}

/** Every form of the setting. */
const identityWords =
  'system, client-id:ID, object-id:ID, resource-id:ID, environment, service-principal, workload, azure-cli, azure-powershell, device-code (the last six with @TENANT if need be)';

function systemAssigned(setting: string, hasTenant: boolean): IdentityChoice {
  if (hasTenant) {
    throw new ConfigError(
      setting,
      'a managed identity belongs to the tenant of its app; remove the @ and what follows',
    );
  }
  return { kind: 'system-assigned' };
}

function servicePrincipal(
  setting: string,
  tenantId: string | undefined,
  environment: Environment,
): ServicePrincipal {
  const clientId = settingOf(environment, 'AZURE_CLIENT_ID');
  if (tenantId === undefined || clientId === undefined) {
    throw new ConfigError(setting, 'a service principal needs AZURE_TENANT_ID and AZURE_CLIENT_ID; set both');
  }
  const secret = settingOf(environment, 'AZURE_CLIENT_SECRET') !== undefined;
  const certificate = settingOf(environment, 'AZURE_CLIENT_CERTIFICATE_PATH') !== undefined;
  if (secret === certificate) {
    throw new ConfigError(
      setting,
      'a service principal needs one of AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH; set exactly one',
    );
  }
  return {
    kind: 'service-principal',
    tenantId,
    clientId,
    proof: secret
      ? { by: 'secret', setting: 'AZURE_CLIENT_SECRET' }
      : {
          by: 'certificate',
          setting: 'AZURE_CLIENT_CERTIFICATE_PATH',
          passwordSetting: 'AZURE_CLIENT_CERTIFICATE_PASSWORD',
        },
  };
}

function checked(choice: IdentityChoice, environment: Environment): IdentityChoice {
  const clientId = settingOf(environment, 'AZURE_CLIENT_ID');
  const isOther = clientId !== undefined && clientIdOf(choice)?.toLowerCase() !== clientId.toLowerCase();
  if (isOther && !aSideOwnsClientId(environment)) {
    throw new ConfigError(
      'AZURE_CLIENT_ID',
      'names another identity than TRANSHIP_IDENTITY or the settings of AzCopy do; remove one of them',
    );
  }
  refusePersonInProduction(choice, environment, 'TRANSHIP_IDENTITY');
  return choice;
}

function clientIdOf(choice: IdentityChoice): string | undefined {
  if (choice.kind === 'user-assigned') return choice.by === 'client-id' ? choice.id : undefined;
  return 'clientId' in choice ? choice.clientId : undefined;
}

/** A deployed app has nobody who could sign in, and must not depend on a person's account. */
function refusePersonInProduction(choice: IdentityChoice, environment: Environment, setting: string): void {
  const isPerson = ['azure-cli', 'azure-powershell', 'device-code'].includes(choice.kind);
  if (isPerson && environment['TRANSHIP_ENVIRONMENT'] !== 'development') {
    throw new ConfigError(
      setting,
      `${choice.kind} is a person's sign-in, for TRANSHIP_ENVIRONMENT=development only; give a deployed app a managed identity`,
    );
  }
}

function checkId(setting: string, by: ManagedIdentityName, id: string): string {
  const fits = by === 'resource-id' ? /^\/[\w./()-]+$/.test(id) : /^[\w-]+$/.test(id);
  if (!fits) {
    throw new ConfigError(
      setting,
      by === 'resource-id'
        ? 'a resource id looks like /subscriptions/…/userAssignedIdentities/NAME'
        : `must be the ${by.replace('-', ' ')} of an identity, as the portal shows it`,
    );
  }
  return id;
}
