import type { KeyObject } from 'node:crypto';
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Who asked, as the token says: the object id that roles name, and what the identity endpoint knows besides. */
export interface Claims {
  readonly oid: string;
  readonly tid: string;
  readonly aud: string;
  readonly exp: number;
}

/** What the identity endpoint signs and the front verifies with. Both halves live in one process and one state folder. */
export interface TokenAuthority {
  readonly tenantId: string;
  readonly secret: KeyObject;
}

/** Signs a token (HS256, v1 issuer as Azurite demands). Times are seconds since the epoch. */
export function issueToken(
  authority: TokenAuthority,
  identity: { readonly objectId: string; readonly clientId: string },
  audience: string,
  issuedAtSeconds: number,
  lifetimeSeconds: number,
): string {
  const claims = {
    aud: audience,
    iss: issuer(authority.tenantId),
    iat: issuedAtSeconds,
    nbf: issuedAtSeconds,
    exp: issuedAtSeconds + lifetimeSeconds,
    appid: identity.clientId,
    idtyp: 'app',
    oid: identity.objectId,
    sub: identity.objectId,
    tid: authority.tenantId,
    ver: '1.0',
  };
  const content = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `${content}.${sign(authority, content)}`;
}

/**
 * The claims of a token for storage, or the reason it is refused: wrong form or signature, other issuer, an audience that is
 * neither storage nor this account, or outside its lifetime.
 */
export function verifyToken(
  authority: TokenAuthority,
  token: string,
  account: string,
  nowSeconds: number,
): Claims | { readonly refused: string } {
  const [head = '', payload = '', signature = '', ...rest] = token.split('.');
  const expected = Buffer.from(sign(authority, `${head}.${payload}`));
  const given = Buffer.from(signature);
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return { refused: 'Signature validation failed.' };
  }
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims & {
    readonly iss: string;
    readonly nbf: number;
  };
  if (claims.iss !== issuer(authority.tenantId)) return { refused: 'Issuer validation failed.' };
  if (!isAudience(claims.aud, account)) return { refused: 'Audience validation failed.' };
  if (nowSeconds < claims.nbf || nowSeconds >= claims.exp) {
    return { refused: 'Lifetime validation failed. The token is expired.' };
  }
  return claims;
}

function isAudience(audience: string, account: string): boolean {
  const bare = audience.replace(/\/$/, '');
  return (
    bare === 'https://storage.azure.com' ||
    ['blob', 'file'].some((service) => bare === `https://${account}.${service}.core.windows.net`)
  );
}

function issuer(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(authority: TokenAuthority, content: string): string {
  return createHmac('sha256', authority.secret).update(content).digest('base64url');
}
