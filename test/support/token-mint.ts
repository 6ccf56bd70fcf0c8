import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet } from 'jose';

export const tenant = '11111111-1111-4111-8111-111111111111';
export const otherTenant = '22222222-2222-4222-8222-222222222222';
export const audience = 'api://tranship';
export const caller = '33333333-3333-4333-8333-333333333333';

/** What differs from a token that holds. */
export interface TokenTraits {
  readonly roles?: readonly string[];
  readonly audience?: string;
  readonly tenant?: string;
  readonly issuer?: string;
  /** Seconds from now. */
  readonly notBefore?: number;
  readonly expires?: number;
  /** Signed by a key that only says to be the tenant's. */
  readonly wrongKey?: boolean;
  readonly keyId?: string;
  readonly scope?: string;
  readonly without?: 'exp' | 'nbf' | 'tid' | 'oid';
}

/** A tenant made for a test: its keys, and tokens as Entra would sign them. */
export interface TokenMint {
  readonly keySet: JSONWebKeySet;
  readonly keys: ReturnType<typeof createLocalJWKSet>;
  token(nowMs: number, traits?: TokenTraits): Promise<string>;
  /** The same claims under `alg: none`, or signed with the public key as a secret. */
  unsigned(nowMs: number, roles: readonly string[]): string;
  symmetric(nowMs: number, roles: readonly string[]): Promise<string>;
}

export async function createTokenMint(): Promise<TokenMint> {
  const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const keySet = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }] };
  return {
    keySet,
    keys: createLocalJWKSet(keySet),
    token: (nowMs, traits = {}) =>
      new SignJWT(claimsOf(nowMs, traits))
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: traits.keyId ?? 'key-1' })
        .sign(traits.wrongKey === true ? foreign.privateKey : own.privateKey),
    unsigned: (nowMs, roles) =>
      `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claimsOf(nowMs, { roles }))}.`,
    symmetric: (nowMs, roles) =>
      new SignJWT(claimsOf(nowMs, { roles }))
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'key-1' })
        .sign(Buffer.from(JSON.stringify(keySet))),
  };
}

function claimsOf(nowMs: number, traits: TokenTraits): Record<string, unknown> {
  const now = Math.floor(nowMs / 1000);
  const claims: Record<string, unknown> = {
    aud: traits.audience ?? audience,
    iss: traits.issuer ?? `https://sts.windows.net/${traits.tenant ?? tenant}/`,
    tid: traits.tenant ?? tenant,
    oid: caller,
    nbf: now + (traits.notBefore ?? -300),
    exp: now + (traits.expires ?? 3600),
    ...(traits.roles === undefined ? {} : { roles: traits.roles }),
    ...(traits.scope === undefined ? {} : { scp: traits.scope }),
  };
  return Object.fromEntries(Object.entries(claims).filter(([name]) => name !== traits.without));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
