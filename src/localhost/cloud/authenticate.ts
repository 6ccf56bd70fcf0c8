import type { Claims, TokenAuthority } from './bearer.js';
import { verifyToken } from './bearer.js';
import { authenticationFailed, challenge, ServiceError } from './errors.js';
import type { FrontRequest } from './exchange.js';
import { header } from './exchange.js';
import type { Target } from './operation.js';
import { actionsFor } from './operation.js';
import type { RoleAssignment } from './roles.js';
import { isAllowed, mayDelegate } from './roles.js';
import { checkSasTimes } from './sas-times.js';
import { isSignedWith } from './shared-key.js';

/** How a request says who sends it. Only `bearer` is proven here; Azurite checks keys and signatures of what passes through. */
export type Caller =
  { readonly kind: 'bearer'; readonly claims: Claims } | { readonly kind: 'SharedKey' | 'SAS' | 'anonymous' };

/** Who the caller says to be, for the journal. */
export function callerName(caller: Caller): string {
  return caller.kind === 'bearer' ? caller.claims.oid : caller.kind;
}

/** Tells the kind of credential; a bearer token is verified strictly: 401 InvalidAuthenticationInfo with a challenge. */
export function identifyCaller(
  request: FrontRequest,
  target: Target,
  authority: TokenAuthority,
  nowMs: number,
): Caller {
  const authorization = header(request.headers, 'authorization');
  if (authorization === undefined) return { kind: target.query.has('sig') ? 'SAS' : 'anonymous' };
  const [scheme = '', credential = ''] = authorization.split(' ');
  if (scheme.toLowerCase() === 'sharedkey' || scheme.toLowerCase() === 'sharedkeylite') {
    return { kind: 'SharedKey' };
  }
  const verdict =
    scheme.toLowerCase() === 'bearer'
      ? verifyToken(authority, credential, target.account, nowMs / 1000)
      : { refused: 'Authentication scheme is not supported.' };
  if ('refused' in verdict) {
    throw new ServiceError(
      401,
      'InvalidAuthenticationInfo',
      'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
      {
        elements: [['AuthenticationErrorDetail', verdict.refused]],
        headers: [challenge(authority.tenantId)],
      },
    );
  }
  return { kind: 'bearer', claims: verdict };
}

/**
 * 403 AuthorizationPermissionMismatch unless the roles of the caller grant what the request does: of who holds the token, or of
 * who asked for the key that a user delegation SAS is signed with. A SAS out of its time is refused as the service does, where
 * Azurite says AuthorizationFailure; the signature itself is left to Azurite.
 */
export function authorize(
  request: FrontRequest,
  target: Target,
  caller: Caller,
  roles: readonly RoleAssignment[],
  nowMs: number,
): void {
  const { query } = target;
  if (caller.kind === 'SAS') {
    checkSasTimes(query, { start: query.get('st') ?? '', expiry: query.get('se') ?? undefined }, nowMs);
  }
  const oid = caller.kind === 'bearer' ? caller.claims.oid : delegatorOf(caller, target);
  if (oid === undefined) return;
  // Queues and tables know no containers: a role over the account decides.
  const scope = request.service === 'blob' ? target : { account: target.account };
  const allowed =
    query.get('comp') === 'userdelegationkey'
      ? mayDelegate(roles, oid, { account: target.account, service: 'blob' })
      : isAllowed(roles, oid, scope, actionsFor(request.method, target, request.headers));
  if (!allowed) {
    throw new ServiceError(
      403,
      'AuthorizationPermissionMismatch',
      'This request is not authorized to perform this operation using this permission.',
    );
  }
}

function delegatorOf(caller: Caller, { query }: Target): string | undefined {
  return caller.kind === 'SAS' ? (query.get('skoid') ?? undefined) : undefined;
}

/** The answer to a request without credentials, where the service would have demanded some. */
export function noCredentials(authority: TokenAuthority): ServiceError {
  return new ServiceError(
    401,
    'NoAuthenticationInformation',
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    { headers: [challenge(authority.tenantId)] },
  );
}

/**
 * 403 AuthenticationFailed unless the SharedKey signature is right. Needed before the front signs a request anew, because
 * Azurite then sees only the front's own signature.
 */
export function verifySharedKey(request: FrontRequest, account: string, key: string | undefined): void {
  const given = header(request.headers, 'authorization') ?? '';
  if (
    key === undefined ||
    !isSignedWith(given, account, key, request.method, request.url, request.rawHeaders)
  ) {
    throw authenticationFailed();
  }
}
