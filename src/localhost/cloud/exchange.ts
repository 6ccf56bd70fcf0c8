import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** The services of an emulated account, each behind its own port. */
export type ServiceName = 'blob' | 'queue' | 'table' | 'file';

/** Those that Azurite has; Files is our own. */
export type AzuriteService = Exclude<ServiceName, 'file'>;

/**
 * One request to the cloud, from a socket or from inside: a copy source on this cloud is read through the very same handler,
 * so that authorisation, roles, faults and the journal hold for it as for a client.
 */
export interface FrontRequest {
  readonly service: ServiceName;
  readonly method: string;
  /** Path and query exactly as received; never decoded and encoded again. */
  readonly url: string;
  /** Names and values in turn, in the sender's case and order. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body?: Readable;
  /** True when the cloud itself reads a copy source. */
  readonly internal: boolean;
}

/** A request that goes on to Azurite. */
export interface AzuriteRequest extends FrontRequest {
  readonly service: AzuriteService;
}

/** One reply. `headers` are names and values in turn. A body that is a stream may fail: then the connection breaks. */
export interface FrontReply {
  readonly status: number;
  readonly headers: string[];
  readonly body?: Buffer | Readable;
}

/** Instead of a reply the connection is broken, as a fault rule asked. */
export class ConnectionReset extends Error {
  constructor() {
    super('Connection reset by a fault rule');
    this.name = 'ConnectionReset';
  }
}

/** Reads a stream to its end. Rejects when it fails or breaks off. */
export async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** First value of a header (case-insensitive) in a raw header list. */
export function rawHeader(headers: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === wanted) return headers[i + 1];
  }
  return undefined;
}

/** Names and values in pairs, for reading a raw header list in order. */
export function* headerPairs(headers: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    yield [headers[i] ?? '', headers[i + 1] ?? ''];
  }
}

/** One value of a parsed header; repeated headers are joined by comma. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
