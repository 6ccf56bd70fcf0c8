import type { HttpRequest } from '@azure/functions';
import type { AuthSettings, EntraSettings } from '../../runtime/auth-settings.js';
import { KeysUnavailableError, type TokenFault, type TokenVerifier } from '../../runtime/token-verifier.js';
import { type AppRole, type Caller, hasRole } from './caller.js';
import { readPlatformPrincipal } from './platform-principal.js';
import { Problem } from './problem.js';

/** Finds out who calls. Throws `Problem`: `unauthenticated`, `forbidden`, `sign-in-unavailable`. */
export interface Access {
  identify(request: HttpRequest): Promise<Caller>;
}

/** `verifier` is asked only when the settings want tokens. */
export function createAccess(settings: AuthSettings, verifier: TokenVerifier | undefined): Access {
  switch (settings.kind) {
    case 'key':
      // The host has asked for the key before it called us.
      return { identify: () => Promise.resolve({ kind: 'key', id: 'key' }) };
    case 'none':
      return { identify: identifyLocal };
    case 'entra':
      if (verifier === undefined) throw new Error('tokens cannot be checked without a verifier');
      return { identify: (request) => identifyByEntra(request, settings, verifier) };
  }
}

/** Throws `Problem` `forbidden` unless the caller has the role, or one that includes it. */
export function requireRole(caller: Caller, role: AppRole, what: string): void {
  if (hasRole(caller, role)) return;
  throw new Problem('forbidden', {
    detail: `${what} needs the app role ${role}`,
    advice: `Have the app role ${role} assigned to you in the enterprise application of the API, then get a new token.`,
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  });
}

async function identifyByEntra(
  request: HttpRequest,
  settings: EntraSettings,
  verifier: TokenVerifier,
): Promise<Caller> {
  const authorization = request.headers.get('authorization');
  if (authorization !== null) return identifyByToken(authorization, settings, verifier);
  const principal = settings.byPlatform ? request.headers.get('x-ms-client-principal') : null;
  if (principal === null) throw unauthenticated(settings, 'the request has no token');
  const caller = readPlatformPrincipal(principal, settings.tenant);
  if (caller === undefined) throw unauthenticated(settings, 'the platform names nobody of this tenant');
  refuseOtherSites(request);
  return caller;
}

async function identifyByToken(
  authorization: string,
  settings: EntraSettings,
  verifier: TokenVerifier,
): Promise<Caller> {
  const token = /^Bearer +([A-Za-z0-9_=.-]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated(settings, 'the Authorization header holds no bearer token');
  const verdict = await verifier.verify(token).catch((error: unknown) => {
    throw error instanceof KeysUnavailableError ? keysUnavailable() : error;
  });
  if (!verdict.ok) throw unauthenticated(settings, faultTexts[verdict.fault], true);
  const { isApp, objectId, roles } = verdict.bearer;
  return { kind: isApp ? 'app' : 'user', id: objectId, roles };
}

const faultTexts: Readonly<Record<TokenFault, string>> = {
  malformed: 'the token is not a signed JSON web token',
  algorithm: 'the token is not signed by RS256',
  signature: 'the signature of the token does not hold',
  'unknown-key': 'the token is signed by a key that the tenant does not have',
  'wrong-issuer': 'the token was issued by another tenant or authority',
  'wrong-tenant': 'the token is of another tenant',
  'wrong-audience': 'the token is for another API',
  expired: 'the token has expired',
  'not-yet-valid': 'the token is not valid yet',
  incomplete: 'the token lacks a claim',
};

/** A browser sends the platform's cookie from anywhere; what another site asks for is not what the person asked for. */
function refuseOtherSites(request: HttpRequest): void {
  const site = request.headers.get('sec-fetch-site');
  if (request.method === 'GET' || site === null || site === 'same-origin' || site === 'none') return;
  throw new Problem('forbidden', {
    detail: 'another web site has sent this request',
    advice: "Send it from the app's own pages, or with a token in the Authorization header.",
  });
}

/** A development host listens on loopback; a request that was sent to any other name comes from elsewhere. */
function identifyLocal(request: HttpRequest): Promise<Caller> {
  const { hostname } = new URL(request.url);
  if (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)) {
    return Promise.resolve({ kind: 'local', id: 'local' });
  }
  return Promise.reject(
    new Problem('unauthenticated', {
      detail: 'the app asks nobody who they are, and answers on loopback only',
      advice: 'Set TRANSHIP_AUTH to entra or key, or call the app at 127.0.0.1.',
      headers: { 'www-authenticate': 'Bearer realm="tranship"' },
    }),
  );
}

function unauthenticated(settings: EntraSettings, detail: string, invalid = false): Problem {
  const { authority, tenant, audiences } = settings;
  const challenge = [
    'realm="tranship"',
    `authorization_uri="${authority}/${tenant}"`,
    `resource_id="${audiences[0] ?? ''}"`,
    ...(invalid ? ['error="invalid_token"', `error_description="${detail}"`] : []),
  ];
  return new Problem('unauthenticated', {
    detail,
    advice: `Get a token: az account get-access-token --tenant ${tenant} --resource ${audiences[0] ?? ''}, and send it as "Authorization: Bearer TOKEN".`,
    headers: { 'www-authenticate': `Bearer ${challenge.join(', ')}` },
  });
}

function keysUnavailable(): Problem {
  return new Problem('sign-in-unavailable', {
    detail: "the tenant's keys cannot be read, so no token can be checked",
    advice: "Try again in some seconds; check that the app's network reaches the sign-in host.",
    headers: { 'retry-after': '10' },
  });
}
