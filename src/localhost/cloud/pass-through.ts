import type { IncomingMessage } from 'node:http';
import type { Caller } from './authenticate.js';
import { noCredentials } from './authenticate.js';
import type { TokenAuthority } from './bearer.js';
import type { AzuriteRequest, FrontReply } from './exchange.js';
import { header } from './exchange.js';
import type { Upstream } from './upstream.js';
import { endToEnd } from './upstream.js';

/** Sends a request to Azurite as it came and its response back as it came; no re-signing, as no signature covers the host. */
export async function passThrough(upstream: Upstream, request: AzuriteRequest): Promise<FrontReply> {
  const { service, method, url, rawHeaders, body } = request;
  const hasBody =
    header(request.headers, 'transfer-encoding') !== undefined ||
    Number(header(request.headers, 'content-length') ?? 0) > 0;
  const incoming = await upstream.send({
    service,
    method,
    url,
    rawHeaders,
    ...(hasBody && body !== undefined ? { body } : {}),
  });
  return replyOf(method, incoming);
}

/** A response of Azurite as a reply; a HEAD's length stays announced although no body follows. */
export function replyOf(method: string, incoming: IncomingMessage): FrontReply {
  const status = incoming.statusCode ?? 500;
  const headers = endToEnd(incoming.rawHeaders);
  const isEmpty =
    method === 'HEAD' || status === 204 || status === 304 || incoming.headers['content-length'] === '0';
  if (isEmpty) {
    incoming.resume();
    return { status, headers };
  }
  return { status, headers, body: incoming };
}

/**
 * Azurite says 403 AuthorizationFailure to an anonymous caller; the service says 401 with a challenge.
 * Throws that; any other reply comes back unchanged.
 */
export function challengeAnonymous(caller: Caller, reply: FrontReply, authority: TokenAuthority): FrontReply {
  if (caller.kind !== 'anonymous' || reply.status !== 403) return reply;
  if (reply.body !== undefined && !Buffer.isBuffer(reply.body)) reply.body.resume();
  throw noCredentials(authority);
}
