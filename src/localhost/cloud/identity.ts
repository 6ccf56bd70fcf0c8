import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { z } from 'zod';
import type { TokenAuthority } from './bearer.js';
import { issueToken } from './bearer.js';

/** One managed identity of the app. */
export const managedIdentitySchema = z.strictObject({
  objectId: z.string(),
  clientId: z.string(),
  /** Given for a user-assigned identity; absent for the system-assigned one. */
  resourceId: z.string().optional(),
});
export type ManagedIdentity = z.infer<typeof managedIdentitySchema>;

/** What tests change of the endpoint. JSON of `PUT /identity`. */
export const identitySettingsSchema = z.strictObject({
  identities: z.array(managedIdentitySchema).optional(),
  tokenLifetimeSeconds: z.int().min(1).optional(),
  /** Answer so many requests with `status`. */
  fail: z.strictObject({ status: z.int().min(400).max(599), times: z.int().min(1) }).optional(),
});

/** The endpoint's settings and count of token requests, shared with the admin endpoint. */
export interface IdentityState {
  identities: readonly ManagedIdentity[];
  tokenLifetimeSeconds: number;
  fail: { status: number; times: number } | undefined;
  requests: number;
}

/** The managed-identity endpoint of App Service: `GET /msi/token?api-version=2019-08-01&resource=…`; not yet listening. */
export function createIdentityServer(
  authority: TokenAuthority,
  identityHeader: string,
  state: IdentityState,
): Server {
  return createServer((request, response) => {
    const { status, body } = answer(authority, identityHeader, state, request);
    sendJson(response, status, body);
  });
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

function answer(
  authority: TokenAuthority,
  identityHeader: string,
  state: IdentityState,
  request: IncomingMessage,
): Answer {
  state.requests += 1;
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method !== 'GET' || url.pathname !== '/msi/token') return failure(404, 'no such path');
  if (request.headers['x-identity-header'] !== identityHeader) return failure(401, 'wrong identity header');
  if (url.searchParams.get('api-version') !== '2019-08-01') return failure(400, 'unknown api-version');
  const resource = url.searchParams.get('resource');
  if (resource === null || resource === '') return failure(400, 'resource is missing');
  if (state.fail !== undefined && state.fail.times > 0) {
    state.fail.times -= 1;
    return failure(state.fail.status, 'injected fault');
  }
  const identity = findIdentity(state.identities, url.searchParams);
  if (identity === undefined) return failure(400, 'no managed identity found for the given id');
  const issuedAt = Math.floor(Date.now() / 1000);
  return {
    status: 200,
    body: {
      access_token: issueToken(authority, identity, resource, issuedAt, state.tokenLifetimeSeconds),
      expires_on: String(issuedAt + state.tokenLifetimeSeconds),
      // Word for word what was asked, otherwise clients never find it in their cache again.
      resource,
      token_type: 'Bearer',
      client_id: identity.clientId,
    },
  };
}

function failure(status: number, message: string): Answer {
  return { status, body: { statusCode: status, message } };
}

function findIdentity(
  identities: readonly ManagedIdentity[],
  query: URLSearchParams,
): ManagedIdentity | undefined {
  const clientId = query.get('client_id');
  const objectId = query.get('object_id') ?? query.get('principal_id');
  const resourceId = query.get('mi_res_id');
  if (clientId !== null) return identities.find((identity) => identity.clientId === clientId);
  if (objectId !== null) return identities.find((identity) => identity.objectId === objectId);
  if (resourceId !== null) {
    return identities.find((identity) => identity.resourceId?.toLowerCase() === resourceId.toLowerCase());
  }
  return identities.find((identity) => identity.resourceId === undefined);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
