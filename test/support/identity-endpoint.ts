import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Claims, TokenAuthority } from '../../src/localhost/cloud/bearer.js';
import { createIdentityServer, type IdentityState } from '../../src/localhost/cloud/identity.js';
import { claimsOf, stopServer } from './token-claims.js';

export const resourceId =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/second';
export const systemAssigned = { objectId: 'oid-system', clientId: 'cid-system' };
export const firstUser = {
  objectId: 'oid-first',
  clientId: 'cid-first',
  resourceId: resourceId.replace('second', 'first'),
};
export const secondUser = { objectId: 'oid-second', clientId: 'cid-second', resourceId };

/** The emulated managed-identity endpoint alone, listening. */
export interface IdentityEndpoint {
  readonly state: IdentityState;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly header: string;
  /** Claims of a token that holds now; throws for any other. */
  claims(token: string | undefined): Claims;
  stop(): Promise<void>;
}

export async function startIdentityEndpoint(): Promise<IdentityEndpoint> {
  const authority: TokenAuthority = { tenantId: 'tid', secret: createSecretKey(randomBytes(32)) };
  const state: IdentityState = {
    identities: [systemAssigned, firstUser, secondUser],
    tokenLifetimeSeconds: 24 * 3600,
    fail: undefined,
    requests: 0,
  };
  const header = 'the-identity-header';
  const server = createIdentityServer(authority, header, state);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    state,
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    header,
    claims: (token) => claimsOf(authority, token),
    stop: () => stopServer(server),
  };
}
