import type { AccessToken, TokenCredential } from '@azure/identity';
import type { Clock } from './clock.js';

/** How long before its end a new token is asked for; the identity library has the same margin. */
const renewalMs = 5 * 60_000;
/** A token this close to its end may end before the request that carries it has been checked. */
const spareMs = 60_000;

/**
 * The same credential, with its last token per scope at hand. The identity library has a cache too, but searches it anew
 * for every call, and every copy asks. When nobody gives out a new token, the last goes on while it is valid: the library
 * gives it up five minutes before its end, so that a short silence of the token endpoint would fail requests. A request
 * for a certain tenant or with claims, which is what follows a refusal, always goes through.
 */
export function keepToken(credential: TokenCredential, clock: Pick<Clock, 'now'>): TokenCredential {
  const kept = new Map<string, AccessToken>();
  return {
    getToken: async (scopes, options = {}) => {
      if (options.tenantId !== undefined || options.claims !== undefined) {
        return credential.getToken(scopes, options);
      }
      const key = String(scopes);
      const known = kept.get(key);
      if (known !== undefined && clock.now() < freshUntilMs(known)) return known;
      try {
        const token = await credential.getToken(scopes, options);
        if (token !== null) kept.set(key, token);
        return token;
      } catch (error) {
        const isValid = known !== undefined && clock.now() < known.expiresOnTimestamp - spareMs;
        if (isValid && options.abortSignal?.aborted !== true) return known;
        throw error;
      }
    },
  };
}

function freshUntilMs({ expiresOnTimestamp, refreshAfterTimestamp = Infinity }: AccessToken): number {
  return Math.min(expiresOnTimestamp - renewalMs, refreshAfterTimestamp);
}
