import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAuthSettings, type EntraSettings } from '../../../src/runtime/auth-settings.js';
import { wallClock } from '../../../src/runtime/clock.js';
import {
  createTokenVerifier,
  KeysUnavailableError,
  tenantKeys,
} from '../../../src/runtime/token-verifier.js';
import { audience, caller, createTokenMint, tenant, type TokenMint } from '../../support/token-mint.js';

let mint: TokenMint;
let server: Server;
let settings: EntraSettings;
let reply: { status: number; headers?: Record<string, string> } = { status: 200 };
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  mint = await createTokenMint();
  server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(mint.keySet));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const read = readAuthSettings({
    TRANSHIP_ENVIRONMENT: 'development',
    TRANSHIP_AUTH_TENANT: tenant,
    TRANSHIP_AUTH_AUDIENCE: audience,
    TRANSHIP_AUTH_AUTHORITY: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
  });
  if (read.kind !== 'entra') throw new Error('a tenant is set');
  settings = read;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const issuer = (): string => `${settings.authority}/${tenant}/v2.0`;

it('fetches the keys of the tenant once for many tokens', async () => {
  reply = { status: 200 };
  asked.length = 0;
  const verifier = createTokenVerifier(settings, tenantKeys(settings), wallClock);
  for (const role of ['Copy.Read', 'Copy.Admin']) {
    const token = await mint.token(wallClock.now(), { issuer: issuer(), roles: [role] });
    expect(await verifier.verify(token)).toEqual({
      ok: true,
      bearer: { objectId: caller, isApp: true, roles: [role] },
    });
  }
  expect(asked).toEqual([`/${tenant}/discovery/v2.0/keys`]);
});

it('tells a person from an app, and takes a token without roles for one without any', async () => {
  const verifier = createTokenVerifier(settings, mint.keys, wallClock);
  const token = await mint.token(wallClock.now(), { issuer: issuer(), scope: 'user_impersonation' });
  expect(await verifier.verify(token)).toMatchObject({ ok: true, bearer: { isApp: false, roles: [] } });
});

it.each([
  ['refused', { status: 500 }],
  ['redirected', { status: 302, headers: { location: 'http://127.0.0.1:1/keys' } }],
])('believes nobody while the keys are %s', async (_, answer) => {
  reply = answer;
  const verifier = createTokenVerifier(settings, tenantKeys(settings), wallClock);
  const token = await mint.token(wallClock.now(), { issuer: issuer() });
  await expect(verifier.verify(token)).rejects.toThrow(KeysUnavailableError);
});
