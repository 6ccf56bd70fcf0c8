import type { AccessToken, TokenCredential } from '@azure/identity';
import type { Clock } from './clock.js';

/** How long before its end a token is not given out any more; the identity library has the same margin. */
const marginMs = 5 * 60_000;

/**
 * The same credential, with its last token per scope at hand. The identity library has a cache too, but searches it anew
 * for every call, and every copy asks. A request for a certain tenant or with claims, which is what follows a refusal,
 * always goes through.
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
      const token = await credential.getToken(scopes, options);
      if (token !== null) kept.set(key, token);
      return token;
    },
  };
}

function freshUntilMs({ expiresOnTimestamp, refreshAfterTimestamp = Infinity }: AccessToken): number {
  return Math.min(expiresOnTimestamp - marginMs, refreshAfterTimestamp);
}
