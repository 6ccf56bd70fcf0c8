import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { Connection } from './connection.js';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the connection's base URL, with leading slash, query included. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ApiReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request, one reply; redirects are not followed. Rejects with the socket's error. */
export type ApiTransport = (request: ApiRequest, signal?: AbortSignal) => Promise<ApiReply>;

const replyDeadlineMs = 120_000;

/** Speaks to the API over http or https; a `ca` is trusted beside the public authorities. */
export function createTransport(connection: Connection): ApiTransport {
  const { baseUrl, apiKey, apiToken, ca } = connection;
  const send = baseUrl.protocol === 'https:' ? httpsRequest : httpRequest;
  const prefix = baseUrl.pathname.replace(/\/$/, '');
  return (request, signal) =>
    new Promise((resolve, reject) => {
      const outgoing = send(
        {
          protocol: baseUrl.protocol,
          hostname: baseUrl.hostname.replace(/^\[|\]$/g, ''),
          port: baseUrl.port,
          method: request.method,
          path: `${prefix}${request.path}`,
          headers: {
            accept: 'application/json, application/x-ndjson, application/problem+json',
            ...(apiKey === undefined ? {} : { 'x-functions-key': apiKey }),
            ...(apiToken === undefined ? {} : { authorization: `Bearer ${apiToken}` }),
            ...(request.body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(request.body) }),
            ...request.headers,
          },
          timeout: replyDeadlineMs,
          ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
          ...(signal === undefined ? {} : { signal }),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.on('timeout', () => outgoing.destroy(new Error('no reply in time')));
      outgoing.end(request.body);
    });
}
