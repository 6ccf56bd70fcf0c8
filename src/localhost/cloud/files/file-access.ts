import { noCredentials, verifySharedKey } from '../authenticate.js';
import type { Caller } from '../authenticate.js';
import type { TokenAuthority } from '../bearer.js';
import { ServiceError } from '../errors.js';
import type { FrontRequest } from '../exchange.js';
import { header } from '../exchange.js';
import type { Target } from '../operation.js';
import type { RoleAssignment } from '../roles.js';
import { isAllowed, mayDelegate } from '../roles.js';
import { fileActionsFor, sasNeedOf } from './file-operation.js';
import { verifySas } from './sas.js';
import type { ShareStore } from './share-store.js';

/** What decides on access, besides the request. */
export interface FileAccess {
  readonly authority: TokenAuthority;
  readonly keys: ReadonlyMap<string, string>;
  readonly shares: ShareStore;
  readonly roles: readonly RoleAssignment[];
}

/** File data by a token: since this version of the service. */
const FIRST_BEARER_VERSION = '2022-11-02';

/**
 * Proves the caller and what it may do. Key: 403 AuthenticationFailed. SAS: see `verifySas`; one by a user delegation key is bound
 * by the roles of who asked for the key. Token: 400 MissingRequiredHeader without `x-ms-file-request-intent: backup`, 403
 * AuthorizationPermissionMismatch without the role. Nothing: 401.
 */
export function authorizeFileRequest(
  access: FileAccess,
  request: FrontRequest,
  target: Target,
  operation: string,
  caller: Caller,
): void {
  const { account } = target;
  const key = access.keys.get(account);
  switch (caller.kind) {
    case 'anonymous':
      throw noCredentials(access.authority);
    case 'SharedKey':
      verifySharedKey(request, account, key);
      return;
    case 'SAS': {
      const { oid } = verifySas(target, sasNeedOf(operation), {
        accountKey: key ?? '',
        secret: access.authority.secret,
        nowMs: Date.now(),
        policy: (id) => access.shares.find(account, target.container ?? '')?.properties.policies[id],
      });
      if (oid !== undefined) demand(isGranted(access.roles, oid, target, operation));
      return;
    }
    case 'bearer':
      if (operation === 'GetUserDelegationKey') {
        demand(mayDelegate(access.roles, caller.claims.oid, { account, service: 'file' }));
        return;
      }
      checkIntent(request);
      demand(isGranted(access.roles, caller.claims.oid, target, operation));
  }
}

function isGranted(
  roles: readonly RoleAssignment[],
  oid: string,
  target: Target,
  operation: string,
): boolean {
  return isAllowed(roles, oid, target, fileActionsFor(operation));
}

function demand(isGiven: boolean): void {
  if (isGiven) return;
  throw new ServiceError(
    403,
    'AuthorizationPermissionMismatch',
    'This request is not authorized to perform this operation using this permission.',
  );
}

/** A token reads and writes past the permissions of files, as a backup does; the request must say that it means to. */
function checkIntent({ headers }: FrontRequest): void {
  const intent = header(headers, 'x-ms-file-request-intent');
  const version = header(headers, 'x-ms-version') ?? '';
  if (version < FIRST_BEARER_VERSION) {
    throw new ServiceError(
      400,
      'InvalidHeaderValue',
      'The value for one of the HTTP headers is not in the correct format.',
      { elements: [['HeaderName', 'x-ms-version']] },
    );
  }
  if (intent?.toLowerCase() !== 'backup') {
    throw new ServiceError(
      400,
      'MissingRequiredHeader',
      'An HTTP header that is mandatory for this request is not specified.',
      { elements: [['HeaderName', 'x-ms-file-request-intent']] },
    );
  }
}
