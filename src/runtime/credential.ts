import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import type { Config } from './config.js';

/** The identity of the app: user-assigned when a client id is configured, else system-assigned. Caches its tokens. */
export function createCredential(config: Pick<Config, 'clientId'>): TokenCredential {
  return config.clientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId: config.clientId });
}
