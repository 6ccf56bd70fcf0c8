import type { IncomingMessage } from 'node:http';
import type { AzuriteService } from './exchange.js';
import { sharedKeyAuthorization } from './shared-key.js';
import type { Upstream } from './upstream.js';

/** A request that the cloud makes for itself, past journal, faults and roles. */
export interface OwnRequest {
  readonly service: AzuriteService;
  readonly account: string;
  /** base64 */
  readonly key: string;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly url: string;
  readonly body?: string;
}

/** Sends it straight to Azurite, signed with the account's key; resolves with status and headers, the body is dropped. */
export async function sendOwnRequest(upstream: Upstream, request: OwnRequest): Promise<IncomingMessage> {
  const { service, account, key, method, url } = request;
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const headers = ['Host', '127.0.0.1', 'x-ms-date', new Date().toUTCString(), 'x-ms-version', '2026-04-06'];
  if (body !== undefined) {
    headers.push('Content-Type', 'application/xml', 'Content-Length', String(body.length));
  }
  headers.push('Authorization', sharedKeyAuthorization(account, key, method, url, headers));
  const reply = await upstream.send({
    service,
    method,
    url,
    rawHeaders: headers,
    ...(body === undefined ? {} : { body }),
  });
  reply.resume();
  return reply;
}
