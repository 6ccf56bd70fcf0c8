import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { wallClock } from './clock.js';
import type { Config } from './config.js';
import { keepToken } from './kept-token.js';

/** The identity of the app: user-assigned when a client id is configured, else system-assigned. Caches its tokens. */
export function createCredential(config: Pick<Config, 'clientId'>): TokenCredential {
  const { clientId } = config;
  const credential =
    clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  return keepToken(credential, wallClock);
}
