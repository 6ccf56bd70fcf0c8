import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { AzuriteService } from './exchange.js';
import { headerPairs } from './exchange.js';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** A request to Azurite. The URL and the headers go out exactly as given, but for hop-by-hop headers. */
export interface UpstreamRequest {
  readonly service: AzuriteService;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body?: Buffer | Readable;
}

export interface Upstream {
  /** Resolves with the response's head; its body must be read or resumed. Rejects when the connection fails. */
  send(request: UpstreamRequest): Promise<IncomingMessage>;
  close(): void;
}

/** Kept-alive TLS connections to Azurite, as many as there are requests under way. */
export function createUpstream(ports: Readonly<Record<AzuriteService, number>>, ca: string): Upstream {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 128, scheduling: 'lifo', ca });
  return {
    send: ({ service, method, url, rawHeaders, body }) =>
      new Promise((resolve, reject) => {
        const outgoing = httpsRequest({
          agent,
          host: '127.0.0.1',
          port: ports[service],
          method,
          path: url,
          headers: withLength(method, endToEnd(rawHeaders)),
        });
        outgoing.once('response', resolve);
        outgoing.on('error', reject);
        sendBody(outgoing, body);
      }),
    close: () => {
      agent.destroy();
    },
  };
}

function sendBody(outgoing: ReturnType<typeof httpsRequest>, body: Buffer | Readable | undefined): void {
  if (body === undefined || Buffer.isBuffer(body)) {
    outgoing.end(body);
    return;
  }
  body.once('error', (error) => outgoing.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) outgoing.destroy(new Error('The sender of the body went away'));
  });
  body.pipe(outgoing);
}

/** The headers that concern the two ends of a request, not one connection. */
export function endToEnd(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (const [name, value] of headerPairs(rawHeaders)) {
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** Node would announce a chunked body for a PUT or POST without length; an absent length signs like 0. */
function withLength(method: string, headers: string[]): string[] {
  if (method !== 'PUT' && method !== 'POST') return headers;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === 'content-length') return headers;
  }
  return [...headers, 'Content-Length', '0'];
}
