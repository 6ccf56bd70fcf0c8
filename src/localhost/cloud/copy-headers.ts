import type { IncomingHttpHeaders } from 'node:http';
import type { OpenSource, SourceReader } from './copy-source.js';
import type { FrontRequest } from './exchange.js';
import { header, headerPairs, rawHeader, readAll } from './exchange.js';
import { endToEnd } from './upstream.js';

/** A source whose length is known. */
export interface MeasuredSource extends OpenSource {
  readonly lengthBytes: number;
}

/** Whether an operation makes a whole blob, with properties and metadata, and not a part of one. */
export function isWholeBlob(operation: string): boolean {
  return ['PutBlobFromUrl', 'CopyBlobFromUrl', 'CopyBlob'].includes(operation);
}

/** Replaces a header of a raw list, or adds it. */
export function setHeader(headers: string[], name: string, value: string): void {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === name.toLowerCase()) {
      headers[i + 1] = value;
      return;
    }
  }
  headers.push(name, value);
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const;

/**
 * Headers for the read of the source: its authorisation, range and conditions. `x-ms-*` headers go along only where the source
 * is evidently Azure Storage: it is given a token, or its URL bears a SAS.
 */
export function sourceHeaders(headers: IncomingHttpHeaders): string[] {
  const result = sourceIdentity(headers);
  const isAzure = result.length > 0;
  const range = header(headers, 'x-ms-source-range');
  if (range !== undefined) result.push(isAzure ? 'x-ms-range' : 'Range', range);
  return [...result, ...sourceConditions(headers)];
}

/** The caller's conditions on the source, as conditions of a read. */
export function sourceConditions(headers: IncomingHttpHeaders): string[] {
  const result: string[] = [];
  for (const name of CONDITIONS) {
    const value = header(headers, `x-ms-source-${name}`);
    if (value !== undefined) result.push(name, value);
  }
  const ifTags = header(headers, 'x-ms-source-if-tags');
  if (ifTags !== undefined) result.push('x-ms-if-tags', ifTags);
  return result;
}

function sourceIdentity(headers: IncomingHttpHeaders): string[] {
  const authorization = header(headers, 'x-ms-copy-source-authorization');
  const hasSas = /[?&]sv=.*[?&]sig=|[?&]sig=.*[?&]sv=/.test(header(headers, 'x-ms-copy-source') ?? '');
  if (authorization === undefined && !hasSas) return [];
  const result = ['x-ms-version', header(headers, 'x-ms-version') ?? '2026-04-06'];
  if (authorization !== undefined) result.push('Authorization', authorization);
  const intent = header(headers, 'x-ms-file-request-intent');
  if (intent !== undefined) result.push('x-ms-file-request-intent', intent);
  return result;
}

/** The tags of the source as the value of an `x-ms-tags` header; empty when it has none. Throws as the source does. */
export async function sourceTags(sources: SourceReader, headers: IncomingHttpHeaders): Promise<string> {
  const url = header(headers, 'x-ms-copy-source') ?? '';
  const source = await sources.open({
    url: `${url}${url.includes('?') ? '&' : '?'}comp=tags`,
    headers: sourceIdentity(headers),
  });
  const xml = (Buffer.isBuffer(source.body) ? source.body : await readAll(source.body)).toString('utf8');
  return [...xml.matchAll(/<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>/g)]
    .map(([, key = '', value = '']) => `${formText(key)}=${formText(value)}`)
    .join('&');
}

function formText(xml: string): string {
  const entities: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&apos;': "'",
    '&amp;': '&',
  };
  return encodeURIComponent(
    xml.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity),
  );
}

const DROPPED =
  /^(x-ms-copy-source|x-ms-source-|x-ms-requires-sync$|x-ms-file-request-intent$|content-(length|md5|type)$)/i;

const PROPERTIES = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
] as const;

/**
 * Headers for the put at the destination: the caller's, but those about the source, plus the real length, the expected checksums
 * and, for a whole blob, the source's properties and metadata (in the case they are stored in) unless the caller gave some.
 */
export function destinationHeaders(
  operation: string,
  request: FrontRequest,
  source: MeasuredSource,
): string[] {
  const headers: string[] = [];
  for (const [name, value] of headerPairs(endToEnd(request.rawHeaders))) {
    if (!DROPPED.test(name)) headers.push(name, value);
  }
  headers.push('Content-Length', String(source.lengthBytes), 'Content-Type', 'application/octet-stream');
  const md5 = header(request.headers, 'x-ms-source-content-md5');
  if (md5 !== undefined) headers.push('Content-MD5', md5);
  const crc64 = header(request.headers, 'x-ms-source-content-crc64');
  if (crc64 !== undefined) headers.push('x-ms-content-crc64', crc64);
  if (isWholeBlob(operation)) addProperties(headers, request, source);
  return headers;
}

function addProperties(headers: string[], request: FrontRequest, source: MeasuredSource): void {
  setHeader(headers, 'x-ms-blob-type', 'BlockBlob');
  if (header(request.headers, 'x-ms-copy-source-blob-properties') !== 'false') {
    for (const name of PROPERTIES) {
      const target = `x-ms-blob-${name}`;
      const value = rawHeader(source.headers, name);
      if (value !== undefined && request.headers[target] === undefined) headers.push(target, value);
    }
  }
  if (Object.keys(request.headers).some((name) => name.startsWith('x-ms-meta-'))) return;
  for (const [name, value] of headerPairs(source.headers)) {
    if (name.toLowerCase().startsWith('x-ms-meta-')) headers.push(name, value);
  }
}
