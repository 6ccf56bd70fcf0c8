import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { serveBatch } from '../../../../src/localhost/cloud/batch.js';
import type { FrontReply, FrontRequest } from '../../../../src/localhost/cloud/exchange.js';
import { ConnectionReset } from '../../../../src/localhost/cloud/exchange.js';

function bodyText(reply: FrontReply): string {
  return Buffer.isBuffer(reply.body) ? reply.body.toString('utf8') : '';
}

function batch(body: string): FrontRequest {
  return {
    service: 'blob',
    method: 'POST',
    url: '/acct?comp=batch',
    rawHeaders: [],
    headers: {
      'content-type': 'multipart/mixed; boundary=b1',
      'x-ms-version': '2026-04-06',
      host: '127.0.0.1:1',
    },
    body: Readable.from([Buffer.from(body)]),
    internal: false,
  };
}

function part(id: number, line: string, headers: string[]): string {
  return [
    '--b1',
    'Content-Type: application/http',
    `Content-ID: ${String(id)}`,
    '',
    line,
    ...headers,
    '',
    '',
  ].join('\r\n');
}

const body = `${part(0, 'DELETE /acct/c/a%2Fb HTTP/1.1', ['Authorization: Bearer t', 'If-Match: "1"'])}${part(1, 'DELETE https://127.0.0.1:1/acct/c/b HTTP/1.1', ['Authorization: SharedKey acct:s'])}--b1--`;

describe('a batch', () => {
  it('serves each part as a request of its own and joins the replies by their ids', async () => {
    const served: FrontRequest[] = [];
    const reply = await serveBatch(batch(body), (request): Promise<FrontReply> => {
      served.push(request);
      return Promise.resolve(
        request.url.endsWith('/b')
          ? {
              status: 404,
              headers: ['x-ms-error-code', 'BlobNotFound'],
              body: Readable.from([Buffer.from('<Error/>')]),
            }
          : { status: 202, headers: [] },
      );
    });
    expect(served.map(({ method, url, internal }) => [method, url, internal])).toEqual([
      ['DELETE', '/acct/c/a%2Fb', true],
      ['DELETE', '/acct/c/b', true],
    ]);
    expect(served[0]?.headers).toMatchObject({ authorization: 'Bearer t', 'if-match': '"1"' });
    expect(served[0]?.rawHeaders).toContain('x-ms-version');
    expect(served[1]?.rawHeaders).not.toContain('x-ms-version');
    expect(reply.status).toBe(202);
    const text = bodyText(reply);
    expect(text).toMatch(/Content-ID: 0\r\n\r\nHTTP\/1.1 202 Accepted\r\n/);
    expect(text).toMatch(
      /Content-ID: 1\r\n\r\nHTTP\/1.1 404 Not Found\r\nx-ms-error-code: BlobNotFound\r\n\r\n<Error\/>/,
    );
  });

  it('reports a part whose connection a fault broke as an internal error', async () => {
    const reply = await serveBatch(batch(body), () => Promise.reject(new ConnectionReset()));
    expect(bodyText(reply).match(/HTTP\/1.1 500/g)).toHaveLength(2);
  });

  it('refuses a body that is no batch', async () => {
    await expect(
      serveBatch(batch('nothing'), () => Promise.reject(new Error('unused'))),
    ).rejects.toMatchObject({
      status: 400,
      code: 'InvalidInput',
    });
  });
});
