import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { formatCookie, writeRpcHttp } from '../../../../../src/localhost/host/http/rpc-http.js';
import type { RpcTypedData } from '../../../../../src/localhost/host/worker-contract.js';

/** What a client sees of a return value. */
async function answerTo(value: RpcTypedData | null | undefined, method = 'GET'): Promise<Response> {
  const server = createServer((_request, response) => {
    writeRpcHttp(response, value);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${String(port)}/`, { method });
  const copy = new Response(response.status === 204 ? null : await response.arrayBuffer(), response);
  server.closeAllConnections();
  server.close();
  return copy;
}

describe('writing a return value', () => {
  it('sends no content when there is no value', async () => {
    expect((await answerTo(null)).status).toBe(204);
    expect((await answerTo(undefined)).status).toBe(204);
  });

  it('sends status, headers and body of an HTTP value, and its length', async () => {
    const headers = { 'content-type': 'application/x' };
    const response = await answerTo({
      http: { statusCode: '418', headers, body: { bytes: Buffer.from('ü') } },
    });
    expect(response.status).toBe(418);
    expect(response.headers.get('content-type')).toBe('application/x');
    expect(response.headers.get('content-length')).toBe('2');
    expect(await response.text()).toBe('ü');
  });

  it('is 200 without a body when an HTTP value is empty', async () => {
    const response = await answerTo({ http: {} });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('sends no body to HEAD', async () => {
    const response = await answerTo({ http: { body: { string: 'text' } } }, 'HEAD');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('sends any other value as text', async () => {
    const response = await answerTo({ json: '{"a":1}' });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('{"a":1}');
  });
});

describe('a Set-Cookie header', () => {
  it('leaves out what is not set, and flags that are false', () => {
    expect(formatCookie({ name: 'a', value: '1', secure: { value: false }, path: { value: null } })).toBe(
      'a=1',
    );
    expect(formatCookie({ sameSite: 'none', maxAge: { value: 0 } })).toBe('=; Max-Age=0');
    expect(formatCookie({ name: 'a', value: ';', sameSite: 'strict' })).toBe('a=%3B; SameSite=Strict');
  });
});
