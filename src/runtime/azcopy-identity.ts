import { ConfigError } from './config.js';
import type { Environment } from './environment.js';
import { settingOf } from './environment.js';
import type { IdentityChoice, ManagedIdentityName } from './identity-choice.js';

const managedSettings: readonly (readonly [string, ManagedIdentityName])[] = [
  ['AZCOPY_MSI_CLIENT_ID', 'client-id'],
  ['AZCOPY_MSI_OBJECT_ID', 'object-id'],
  ['AZCOPY_MSI_RESOURCE_STRING', 'resource-id'],
];
const principalSettings = [
  'AZCOPY_SPA_APPLICATION_ID',
  'AZCOPY_SPA_CLIENT_SECRET',
  'AZCOPY_SPA_CERT_PATH',
  'AZCOPY_SPA_CERT_PASSWORD',
] as const;

/** Refuses AzCopy's identity settings where nothing says to use them. Throws `ConfigError`. */
export function refuseStrayAzCopySettings(environment: Environment): void {
  refuseSet(
    environment,
    managedSettings.map(([setting]) => setting),
    'AZCOPY_AUTO_LOGIN_TYPE=MSI',
  );
  refuseSet(environment, principalSettings, 'AZCOPY_AUTO_LOGIN_TYPE=SPN');
  refuseSet(environment, ['AZCOPY_TENANT_ID'], 'AZCOPY_AUTO_LOGIN_TYPE');
}

/** What AzCopy would be by its settings. `type` is the value of `AZCOPY_AUTO_LOGIN_TYPE`. Throws `ConfigError`. */
export function azCopyChoice(environment: Environment, type: string): IdentityChoice {
  const word = type.toUpperCase();
  if (settingOf(environment, 'AZCOPY_ACTIVE_DIRECTORY_ENDPOINT') !== undefined) {
    throw new ConfigError(
      'AZCOPY_ACTIVE_DIRECTORY_ENDPOINT',
      'is not read; set AZURE_AUTHORITY_HOST instead',
    );
  }
  if (word !== 'MSI') {
    refuseSet(
      environment,
      managedSettings.map(([setting]) => setting),
      'AZCOPY_AUTO_LOGIN_TYPE=MSI',
    );
  }
  if (word !== 'SPN') refuseSet(environment, principalSettings, 'AZCOPY_AUTO_LOGIN_TYPE=SPN');
  const tenantId = settingOf(environment, 'AZCOPY_TENANT_ID');
  const tenant = tenantId === undefined ? {} : { tenantId };
  switch (word) {
    case 'MSI':
      refuseSet(environment, ['AZCOPY_TENANT_ID'], 'a type other than MSI');
      return managed(environment);
    case 'SPN':
      return principal(environment, tenantId);
    case 'WORKLOAD': {
      const clientId = settingOf(environment, 'AZURE_CLIENT_ID');
      return { kind: 'workload', ...tenant, ...(clientId === undefined ? {} : { clientId }) };
    }
    case 'AZCLI':
      return { kind: 'azure-cli', ...tenant };
    case 'PSCRED':
      return { kind: 'azure-powershell', ...tenant };
    case 'DEVICE':
      return { kind: 'device-code', ...tenant };
    default:
      throw new ConfigError(
        'AZCOPY_AUTO_LOGIN_TYPE',
        'must be MSI, SPN, WORKLOAD, AZCLI, PSCRED or DEVICE; or remove it and set TRANSHIP_IDENTITY',
      );
  }
}

function managed(environment: Environment): IdentityChoice {
  const given = managedSettings.filter(([setting]) => settingOf(environment, setting) !== undefined);
  const [first, second] = given;
  if (first === undefined) return { kind: 'system-assigned' };
  if (second !== undefined) {
    throw new ConfigError(
      second[0],
      `${first[0]} is set as well, and one of them names the identity; keep one`,
    );
  }
  return { kind: 'user-assigned', by: first[1], id: settingOf(environment, first[0]) ?? '' };
}

function principal(environment: Environment, tenantId: string | undefined): IdentityChoice {
  const clientId = settingOf(environment, 'AZCOPY_SPA_APPLICATION_ID');
  if (clientId === undefined || tenantId === undefined) {
    throw new ConfigError(
      'AZCOPY_AUTO_LOGIN_TYPE',
      'SPN needs AZCOPY_SPA_APPLICATION_ID and AZCOPY_TENANT_ID; set both',
    );
  }
  const secret = settingOf(environment, 'AZCOPY_SPA_CLIENT_SECRET') !== undefined;
  const certificate = settingOf(environment, 'AZCOPY_SPA_CERT_PATH');
  if (secret === (certificate !== undefined)) {
    throw new ConfigError(
      'AZCOPY_AUTO_LOGIN_TYPE',
      'SPN needs one of AZCOPY_SPA_CLIENT_SECRET and AZCOPY_SPA_CERT_PATH; set exactly one',
    );
  }
  if (certificate !== undefined && /\.(pfx|p12)$/i.test(certificate)) {
    throw new ConfigError(
      'AZCOPY_SPA_CERT_PATH',
      'must be a PEM file with certificate and key; convert it: openssl pkcs12 -in cert.pfx -out cert.pem',
    );
  }
  return {
    kind: 'service-principal',
    tenantId,
    clientId,
    proof: secret
      ? { by: 'secret', setting: 'AZCOPY_SPA_CLIENT_SECRET' }
      : {
          by: 'certificate',
          setting: 'AZCOPY_SPA_CERT_PATH',
          passwordSetting: 'AZCOPY_SPA_CERT_PASSWORD',
        },
  };
}

function refuseSet(environment: Environment, settings: readonly string[], need: string): void {
  const stray = settings.find((setting) => settingOf(environment, setting) !== undefined);
  if (stray !== undefined) {
    throw new ConfigError(stray, `is set, and is used with ${need} only; set that one, or remove this one`);
  }
}
