import { describe, expect, it } from 'vitest';
import { destinationHeaders, sourceHeaders } from '../../../../src/localhost/cloud/copy-headers.js';
import type { MeasuredSource } from '../../../../src/localhost/cloud/copy-headers.js';
import { headerPairs, rawHeader } from '../../../../src/localhost/cloud/exchange.js';
import type { FrontRequest } from '../../../../src/localhost/cloud/exchange.js';

const source: MeasuredSource = {
  status: 200,
  headers: ['Content-Type', 'text/odd', 'Cache-Control', 'no-cache', 'x-ms-meta-CamelCase', 'Kept'],
  lengthBytes: 5,
  body: Buffer.from('hello'),
};

function request(rawHeaders: string[]): FrontRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of headerPairs(rawHeaders)) headers[name.toLowerCase()] = value;
  return { service: 'blob', method: 'PUT', url: '/a/c/b', rawHeaders, headers, internal: false };
}

describe('headers at the destination', () => {
  it('carry the properties and metadata of the source, in the case they are stored in', () => {
    const headers = destinationHeaders('PutBlobFromUrl', request(['x-ms-blob-type', 'BlockBlob']), source);
    expect([...headerPairs(headers)]).toEqual([
      ['x-ms-blob-type', 'BlockBlob'],
      ['Content-Length', '5'],
      ['Content-Type', 'application/octet-stream'],
      ['x-ms-blob-content-type', 'text/odd'],
      ['x-ms-blob-cache-control', 'no-cache'],
      ['x-ms-meta-CamelCase', 'Kept'],
    ]);
  });

  it('prefer what the caller gives, and any metadata of the caller replaces all of the source', () => {
    const headers = destinationHeaders(
      'PutBlobFromUrl',
      request(['x-ms-blob-content-type', 'image/png', 'x-ms-meta-own', '1']),
      source,
    );
    expect(rawHeader(headers, 'x-ms-blob-content-type')).toBe('image/png');
    expect(rawHeader(headers, 'x-ms-blob-cache-control')).toBe('no-cache');
    expect(rawHeader(headers, 'x-ms-meta-camelcase')).toBeUndefined();
  });

  it('leave the properties out when the caller wants none', () => {
    const headers = destinationHeaders(
      'PutBlobFromUrl',
      request(['x-ms-copy-source-blob-properties', 'false']),
      source,
    );
    expect(rawHeader(headers, 'x-ms-blob-content-type')).toBeUndefined();
  });

  it('tell nothing of the source and its token, and pass its checksums on as those of the body', () => {
    const headers = destinationHeaders(
      'PutBlockFromUrl',
      request([
        ...['x-ms-copy-source', 'https://x/y', 'x-ms-copy-source-authorization', 'Bearer t'],
        ...['x-ms-source-range', 'bytes=0-4', 'x-ms-source-content-md5', 'bWQ1', 'Content-Length', '0'],
        ...['Connection', 'keep-alive', 'If-Match', '"1"', 'x-ms-lease-id', 'l'],
      ]),
      source,
    );
    expect([...headerPairs(headers)]).toEqual([
      ['If-Match', '"1"'],
      ['x-ms-lease-id', 'l'],
      ['Content-Length', '5'],
      ['Content-Type', 'application/octet-stream'],
      ['Content-MD5', 'bWQ1'],
    ]);
  });
});

describe('headers for the read of a source', () => {
  it('carry token, version, intent, range and conditions to Azure Storage', () => {
    const headers = sourceHeaders({
      'x-ms-version': '2025-07-05',
      'x-ms-copy-source': 'https://127.0.0.1/a/c/b',
      'x-ms-copy-source-authorization': 'Bearer t',
      'x-ms-file-request-intent': 'backup',
      'x-ms-source-range': 'bytes=0-4',
      'x-ms-source-if-match': '"1"',
      'x-ms-source-if-tags': 'tags',
    });
    expect([...headerPairs(headers)]).toEqual([
      ['x-ms-version', '2025-07-05'],
      ['Authorization', 'Bearer t'],
      ['x-ms-file-request-intent', 'backup'],
      ['x-ms-range', 'bytes=0-4'],
      ['if-match', '"1"'],
      ['x-ms-if-tags', 'tags'],
    ]);
  });

  it('tell a foreign host nothing but the range', () => {
    const headers = sourceHeaders({
      'x-ms-version': '2025-07-05',
      'x-ms-file-request-intent': 'backup',
      'x-ms-copy-source': 'https://127.0.0.1/bucket/key?X-Amz-Signature=s',
      'x-ms-source-range': 'bytes=0-4',
    });
    expect(headers).toEqual(['Range', 'bytes=0-4']);
  });
});
