import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { type EntraSettings, issuersOf } from './auth-settings.js';
import type { Clock } from './clock.js';

/** What a token that holds says of its bearer. */
export interface TokenBearer {
  /** Object id of the person or service principal. */
  readonly objectId: string;
  /** An app acts for itself; otherwise a person is behind the token. */
  readonly isApp: boolean;
  /** App roles, as the token names them. */
  readonly roles: readonly string[];
}

/** Why a token does not hold; never holds any of it. */
export type TokenFault =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'unknown-key'
  | 'wrong-issuer'
  | 'wrong-tenant'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'incomplete';

export type TokenVerdict =
  { readonly ok: true; readonly bearer: TokenBearer } | { readonly ok: false; readonly fault: TokenFault };

/** The keys of the tenant cannot be had just now: nobody can be believed, and nobody is refused for good. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

export interface TokenVerifier {
  /** Checks signature, issuer, tenant, audience and times. Throws `KeysUnavailableError`. */
  verify(token: string): Promise<TokenVerdict>;
}

/** Clocks of Entra and of the host may differ by so much. */
const toleranceSeconds = 60;
const longestToken = 16 * 1024;

/** Keys of the tenant, fetched when first needed and kept; an unknown key id fetches them anew at most every 30 s. */
export function tenantKeys({ authority, tenant }: EntraSettings): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(`${authority}/${tenant}/discovery/v2.0/keys`), {
    cooldownDuration: 30_000,
    timeoutDuration: 5000,
  });
}

/** Verifies tokens of the tenant for the audience, by RS256 alone: no token chooses how it is checked. */
export function createTokenVerifier(
  settings: EntraSettings,
  keys: JWTVerifyGetKey,
  clock: Pick<Clock, 'now'>,
): TokenVerifier {
  const issuer = [...issuersOf(settings)];
  const audience = [...settings.audiences];
  return {
    verify: async (token) => {
      if (token.length > longestToken) return { ok: false, fault: 'malformed' };
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms: ['RS256'],
          requiredClaims: ['exp', 'nbf', 'tid', 'oid'],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(clock.now()),
        });
        return bearerOf(payload, settings.tenant);
      } catch (error) {
        return { ok: false, fault: faultOf(error) };
      }
    },
  };
}

function bearerOf(payload: JWTPayload, tenant: string): TokenVerdict {
  if (payload['tid'] !== tenant) return { ok: false, fault: 'wrong-tenant' };
  const { oid, roles, scp } = payload;
  if (typeof oid !== 'string' || oid === '') return { ok: false, fault: 'incomplete' };
  const named = Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  return { ok: true, bearer: { objectId: oid, isApp: scp === undefined, roles: named } };
}

const faultsOfClaims: Readonly<Record<string, TokenFault>> = {
  iss: 'wrong-issuer',
  aud: 'wrong-audience',
  nbf: 'not-yet-valid',
};

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.reason === 'check_failed' ? (faultsOfClaims[error.claim] ?? 'incomplete') : 'incomplete';
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return 'algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'unknown-key';
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'malformed';
  // What is left comes from fetching the keys.
  throw new KeysUnavailableError('the keys of the tenant cannot be read');
}
