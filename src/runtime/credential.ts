import {
  AzureCliCredential,
  AzurePowerShellCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import type { TokenCredential } from '@azure/identity';
import { readAuthorityHost } from './authority-host.js';
import type { Clock } from './clock.js';
import type { Environment } from './environment.js';
import { settingOf } from './environment.js';
import type { IdentityChoice, IdentityChoices, ServicePrincipal } from './identity-choice.js';
import { keepToken } from './kept-token.js';

/** What creating credentials needs of the process. */
export interface CredentialOptions {
  /** Where the secrets are that a choice names. */
  readonly environment: Environment;
  readonly clock: Clock;
  /** Shows a person where to sign in, for `device-code`. */
  readonly prompt: (message: string) => void;
}

/** One credential for each use; uses of the same identity share one, and its tokens. */
export interface Credentials {
  readonly app: TokenCredential;
  readonly source: TokenCredential;
  readonly destination: TokenCredential;
}

/** Asks nobody yet. Throws `ConfigError` for a place to sign in that is none. */
export function createCredentials(choices: IdentityChoices, options: CredentialOptions): Credentials {
  const made = new Map<string, TokenCredential>();
  const credentialOf = (choice: IdentityChoice): TokenCredential => {
    const name = JSON.stringify(choice);
    const credential = made.get(name) ?? createCredential(choice, options);
    made.set(name, credential);
    return credential;
  };
  return {
    app: credentialOf(choices.app),
    source: credentialOf(choices.source),
    destination: credentialOf(choices.destination),
  };
}

/** The credential of one identity. Caches its tokens, and lives on a valid one while nobody gives out another. */
export function createCredential(choice: IdentityChoice, options: CredentialOptions): TokenCredential {
  return keepToken(createSdkCredential(choice, options), options.clock);
}

function createSdkCredential(choice: IdentityChoice, options: CredentialOptions): TokenCredential {
  switch (choice.kind) {
    case 'system-assigned':
      return new ManagedIdentityCredential();
    case 'user-assigned':
      return userAssigned(choice);
    case 'service-principal':
      return servicePrincipal(choice, options.environment);
    case 'workload':
      return new WorkloadIdentityCredential({
        ...readAuthorityHost(options.environment),
        ...tenantOf(choice),
        ...clientOf(choice),
      });
    case 'azure-cli':
      return new AzureCliCredential(tenantOf(choice));
    case 'azure-powershell':
      return new AzurePowerShellCredential(tenantOf(choice));
    case 'device-code':
      return new DeviceCodeCredential({
        ...readAuthorityHost(options.environment),
        ...tenantOf(choice),
        userPromptCallback: ({ message }) => {
          options.prompt(message);
        },
      });
  }
}

function userAssigned({ by, id }: Extract<IdentityChoice, { kind: 'user-assigned' }>): TokenCredential {
  switch (by) {
    case 'client-id':
      return new ManagedIdentityCredential({ clientId: id });
    case 'object-id':
      return new ManagedIdentityCredential({ objectId: id });
    case 'resource-id':
      return new ManagedIdentityCredential({ resourceId: id });
  }
}

function servicePrincipal(choice: ServicePrincipal, environment: Environment): TokenCredential {
  const { tenantId, clientId, proof } = choice;
  const value = settingOf(environment, proof.setting) ?? '';
  const authority = readAuthorityHost(environment);
  if (proof.by === 'secret') return new ClientSecretCredential(tenantId, clientId, value, authority);
  const password = settingOf(environment, proof.passwordSetting);
  const certificate = {
    certificatePath: value,
    ...(password === undefined ? {} : { certificatePassword: password }),
  };
  return new ClientCertificateCredential(tenantId, clientId, certificate, authority);
}

function tenantOf({ tenantId }: { readonly tenantId?: string }): { tenantId?: string } {
  return tenantId === undefined ? {} : { tenantId };
}

function clientOf({ clientId }: { readonly clientId?: string }): { clientId?: string } {
  return clientId === undefined ? {} : { clientId };
}
