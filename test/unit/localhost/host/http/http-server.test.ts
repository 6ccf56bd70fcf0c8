import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeEngine } from '../../../../support/fake-engine.js';
import type { FakeEngine } from '../../../../support/fake-engine.js';
import { startLittleHost } from '../../../../support/little-host.js';
import type { LittleHost } from '../../../../support/little-host.js';

let little: LittleHost<FakeEngine>;
let url: string;

beforeAll(async () => {
  little = await startLittleHost(createFakeEngine);
  ({ url } = little);
});
afterAll(() => little.dispose());

interface Echo {
  readonly name: string;
  readonly url: string;
  readonly method: string;
  readonly params: Record<string, string>;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly traceParent: string;
}

async function echo(path: string, init?: RequestInit): Promise<Echo> {
  const response = await fetch(`${url}${path}`, init);
  expect(response.status).toBe(200);
  return (await response.json()) as Echo;
}

/** The status of a request that fetch would not let us send. */
function rawStatus(options: {
  readonly method?: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly write?: string;
}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const { method = 'GET', path, headers } = options;
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    if (options.write !== undefined) {
      sent.write(options.write);
    }
    sent.end();
  });
}

describe('HTTP functions of a real app', () => {
  it('hands over method, absolute URL, parameters, query, headers and body', async () => {
    const got = await echo('/api/items/7/name%20of%20it?a=1&a=2&empty=', {
      method: 'PUT',
      headers: { 'X-Mixed-Case': 'Yes', 'content-type': 'text/plain' },
      body: 'payload ü',
    });
    expect(got).toMatchObject({
      name: 'item',
      url: `${url}/api/items/7/name%20of%20it?a=1&a=2&empty=`,
      method: 'PUT',
      params: { id: '7', part: 'name of it' },
      query: { a: '1,2', empty: '' },
      body: 'payload ü',
    });
    expect(got.headers).toMatchObject({ 'x-mixed-case': 'Yes', 'content-type': 'text/plain' });
  });

  it('passes the caller’s trace parent on, and makes one when there is none', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect((await echo('/api/echo', { headers: { traceparent } })).traceParent).toBe(traceparent);
    expect((await echo('/api/echo')).traceParent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
  });

  it('prefers a literal route to a parameter, and leaves out an absent optional one', async () => {
    expect((await echo('/api/items/latest')).name).toBe('latest');
    expect((await echo('/api/items/8/')).params).toEqual({ id: '8' });
    expect((await echo('/api/tree/a/b%2Fc/d')).params).toEqual({ rest: 'a/b%2Fc/d' });
  });

  it('answers 404 for an unknown path and for a failed constraint, 405 with Allow for a wrong method', async () => {
    expect((await fetch(`${url}/api/unknown`)).status).toBe(404);
    expect((await fetch(`${url}/echo`)).status).toBe(404);
    expect((await fetch(`${url}/api/items/seven`)).status).toBe(404);
    const wrong = await fetch(`${url}/api/items/7`, { method: 'DELETE' });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, PUT');
  });

  it('sends status, headers, cookies and a body of text or bytes', async () => {
    const response = await fetch(`${url}/api/cookies`);
    expect(response.status).toBe(201);
    expect(response.headers.get('x-kind')).toBe('cookies');
    expect(response.headers.getSetCookie()).toEqual([
      'a=x%20y; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax',
      'b=2; Domain=localhost; Expires=Fri, 02 Jan 1970 00:00:00 GMT; SameSite=None',
    ]);
    expect(await response.text()).toBe('jar');
    const bytes = await fetch(`${url}/api/bytes`);
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 255, 10]);
    expect(bytes.headers.get('content-length')).toBe('3');
  });

  it('answers 204 when a handler returns nothing', async () => {
    expect((await fetch(`${url}/api/nothing`)).status).toBe(204);
  });

  it('answers 500 without a word when a handler throws, and logs the error without its credential', async () => {
    const response = await fetch(`${url}/api/fails`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
    const line = little.log.find(
      (entry) => entry.level === 'error' && entry.message.includes('secret place'),
    );
    expect(line?.message).toContain('functions/http.ts');
    expect(JSON.stringify(little.log)).not.toContain('TOPSECRET');
  });

  it('answers 500 without the app’s headers when its answer cannot be sent', async () => {
    const response = await fetch(`${url}/api/unsendable`);
    expect(response.status).toBe(500);
    expect(response.headers.get('x-first')).toBeNull();
  });

  it('lets hooks replace inputs, handler, result and error', async () => {
    const hooked = await fetch(`${url}/api/hooked`);
    expect(await hooked.json()).toEqual({
      result: { got: { wrapped: { replaced: true } } },
      hookData: { from: 'pre' },
    });
    const rescued = await fetch(`${url}/api/rescued`);
    expect(rescued.status).toBe(299);
    expect(await rescued.text()).toBe('lost');
  });

  it('logs what the app logs, after the app’s own log hook', async () => {
    await fetch(`${url}/api/logs`);
    const lines = little.log.filter((entry) => entry.functionName === 'logs' && entry.category === 'user');
    expect(lines.map(({ level, message }) => ({ level, message }))).toEqual([
      { level: 'warning', message: 'SHOUT ME' },
      { level: 'error', message: 'AccountKey=[hidden];EndpointSuffix=x' },
    ]);
    expect(lines[0]?.invocationId).toMatch(/^[\da-f-]{36}$/);
  });
});

describe('what the listener refuses', () => {
  it('refuses a Host header that is not loopback', async () => {
    expect(await rawStatus({ path: '/api/echo', headers: { host: 'evil.example' } })).toMatchObject({
      status: 403,
    });
    expect(await rawStatus({ path: '/api/echo', headers: { host: 'localhost:1' } })).toMatchObject({
      status: 200,
    });
  });

  it('refuses a request that a foreign page has sent', async () => {
    const foreign = await fetch(`${url}/api/echo`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    const own = await fetch(`${url}/api/echo`, { method: 'POST', headers: { origin: url } });
    expect(own.status).toBe(200);
  });

  it('answers 413 to a body of more than 100 MB before it has come', async () => {
    const headers = { 'content-length': String(100 * 1024 * 1024 + 1) };
    expect(await rawStatus({ method: 'POST', path: '/api/echo', headers, write: 'x' })).toMatchObject({
      status: 413,
    });
  });

  it('hands no chunked body to a function and says so', async () => {
    const answer = await rawStatus({
      method: 'POST',
      path: '/api/echo',
      headers: { 'transfer-encoding': 'chunked' },
      write: 'chunk',
    });
    expect((JSON.parse(answer.body) as Echo).body).toBe('');
    expect(little.log.some((entry) => entry.level === 'warning' && entry.message.includes('chunked'))).toBe(
      true,
    );
  });

  it('takes a target that begins with two slashes as a path', async () => {
    expect(await rawStatus({ path: '//evil.example/api/echo', headers: {} })).toMatchObject({ status: 404 });
  });
});
