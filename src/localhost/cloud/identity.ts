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

/**
 * The managed-identity endpoints, not yet listening. App Service: `GET /msi/token?api-version=2019-08-01&resource=…` with
 * its header; IMDS, as of a virtual machine: `GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=…`.
 */
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

/** How the two endpoints differ. */
interface Protocol {
  readonly version: string;
  readonly resourceIdName: string;
  /** The reason why the request may not ask at all. */
  refusal(request: IncomingMessage): Answer | undefined;
  failure(status: number, message: string): Answer;
}

function protocolOf(path: string, identityHeader: string): Protocol | undefined {
  if (path === '/msi/token') {
    return {
      version: '2019-08-01',
      resourceIdName: 'mi_res_id',
      refusal: (request) =>
        request.headers['x-identity-header'] === identityHeader
          ? undefined
          : failure(401, 'wrong identity header'),
      failure,
    };
  }
  if (path.replace(/\/$/, '') === '/metadata/identity/oauth2/token') {
    return {
      version: '2018-02-01',
      resourceIdName: 'msi_res_id',
      refusal: (request) =>
        request.headers['metadata'] === 'true'
          ? undefined
          : imdsFailure(400, 'Required metadata header not specified'),
      failure: imdsFailure,
    };
  }
  return undefined;
}

function answer(
  authority: TokenAuthority,
  identityHeader: string,
  state: IdentityState,
  request: IncomingMessage,
): Answer {
  state.requests += 1;
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const protocol = protocolOf(url.pathname, identityHeader);
  if (request.method !== 'GET' || protocol === undefined) return failure(404, 'no such path');
  const refusal = protocol.refusal(request);
  if (refusal !== undefined) return refusal;
  if (url.searchParams.get('api-version') !== protocol.version) {
    return protocol.failure(400, 'unknown api-version');
  }
  const resource = url.searchParams.get('resource');
  if (resource === null || resource === '') return protocol.failure(400, 'resource is missing');
  if (state.fail !== undefined && state.fail.times > 0) {
    state.fail.times -= 1;
    return protocol.failure(state.fail.status, 'injected fault');
  }
  const identity = findIdentity(state.identities, url.searchParams, protocol.resourceIdName);
  if (identity === undefined) return protocol.failure(400, 'Identity not found');
  return tokenFor(authority, identity, resource, state.tokenLifetimeSeconds);
}

function tokenFor(
  authority: TokenAuthority,
  identity: ManagedIdentity,
  resource: string,
  lifetimeSeconds: number,
): Answer {
  const issuedAt = Math.floor(Date.now() / 1000);
  return {
    status: 200,
    body: {
      access_token: issueToken(authority, identity, resource, issuedAt, lifetimeSeconds),
      expires_on: String(issuedAt + lifetimeSeconds),
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

function imdsFailure(status: number, message: string): Answer {
  return { status, body: { error: 'invalid_request', error_description: message } };
}

function findIdentity(
  identities: readonly ManagedIdentity[],
  query: URLSearchParams,
  resourceIdName: string,
): ManagedIdentity | undefined {
  const clientId = query.get('client_id');
  const objectId = query.get('object_id') ?? query.get('principal_id');
  const resourceId = query.get(resourceIdName);
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
