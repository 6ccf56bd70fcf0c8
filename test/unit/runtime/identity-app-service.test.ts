import type { TokenCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { wallClock } from '../../../src/runtime/clock.js';
import { createCredentials } from '../../../src/runtime/credential.js';
import { chooseIdentities } from '../../../src/runtime/identity-choice.js';
import { showIdentities } from '../../../src/runtime/identity-status.js';
import { bearerAuthorisation } from '../../../src/storage/azure-blob/source-authorisation.js';
import {
  firstUser,
  type IdentityEndpoint,
  resourceId,
  secondUser,
  startIdentityEndpoint,
  systemAssigned,
} from '../../support/identity-endpoint.js';

// The SDK's choice of an endpoint holds for a whole process; each test file is one. IMDS has its own file.
const scope = 'https://storage.azure.com/.default';
const hourMs = 3_600_000;
let endpoint: IdentityEndpoint;
beforeAll(async () => {
  endpoint = await startIdentityEndpoint();
  process.env['IDENTITY_ENDPOINT'] = `${endpoint.origin}/msi/token`;
  process.env['IDENTITY_HEADER'] = endpoint.header;
});
afterAll(() => endpoint.stop());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function credentials(environment: Readonly<Record<string, string>>) {
  const choices = chooseIdentities(environment);
  const made = createCredentials(choices, { environment, clock: wallClock, prompt: () => undefined });
  return { choices, made };
}

async function objectIdOf(credential: TokenCredential): Promise<string> {
  return endpoint.claims((await credential.getToken(scope))?.token).oid;
}

describe('managed identities of an app, with the real SDK', () => {
  it.each([
    ['system-assigned', {}, systemAssigned],
    ['user-assigned by client id', { AZURE_CLIENT_ID: firstUser.clientId }, firstUser],
    ['user-assigned by object id', { TRANSHIP_IDENTITY: `object-id:${secondUser.objectId}` }, secondUser],
    ['user-assigned by resource id', { TRANSHIP_IDENTITY: `resource-id:${resourceId}` }, secondUser],
    [
      "AzCopy's MSI by client id",
      { AZCOPY_AUTO_LOGIN_TYPE: 'MSI', AZCOPY_MSI_CLIENT_ID: secondUser.clientId },
      secondUser,
    ],
    ["AzCopy's MSI", { AZCOPY_AUTO_LOGIN_TYPE: 'MSI' }, systemAssigned],
  ])('%s gets its own token', async (_, environment: Record<string, string>, identity) => {
    expect(await objectIdOf(credentials(environment).made.app)).toBe(identity.objectId);
  });

  it('each use and side gets the token of its own identity, in one process', async () => {
    const { choices, made } = credentials({
      TRANSHIP_SOURCE_IDENTITY: `client-id:${firstUser.clientId}`,
      TRANSHIP_DESTINATION_IDENTITY: `resource-id:${resourceId}`,
    });
    expect(await Promise.all([made.app, made.source, made.destination].map(objectIdOf))).toEqual([
      systemAssigned.objectId,
      firstUser.objectId,
      secondUser.objectId,
    ]);
    const shown = await showIdentities(choices, made, wallClock);
    expect(shown.map(({ usedFor, objectId }) => [usedFor, objectId])).toEqual([
      [['app'], systemAssigned.objectId],
      [['source'], firstUser.objectId],
      [['destination'], secondUser.objectId],
    ]);
  });

  it('one identity for all is one credential, asked for and shown once', async () => {
    const { choices, made } = credentials({});
    expect([made.source, made.destination]).toEqual([made.app, made.app]);
    const [shown, ...others] = await showIdentities(choices, made, wallClock);
    expect(others).toEqual([]);
    expect(shown).toEqual({
      usedFor: ['app', 'source', 'destination'],
      kind: 'system-assigned',
      ready: true,
      principalType: 'ServicePrincipal',
      clientId: systemAssigned.clientId,
      objectId: systemAssigned.objectId,
      tenantId: 'tid',
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(JSON.stringify(shown)).not.toContain('eyJ');
  });

  it.each([
    ['client id', { AZURE_CLIENT_ID: 'cid-of-nobody' }],
    ['object id', { TRANSHIP_IDENTITY: 'object-id:oid-of-nobody' }],
    ['resource id', { TRANSHIP_IDENTITY: 'resource-id:/subscriptions/nobody' }],
  ])('an identity that the app does not have, by %s, is refused with advice', async (by, environment) => {
    const { choices, made } = credentials(environment);
    await expect(made.app.getToken(scope)).rejects.toThrow(/identity/i);
    const [shown] = await showIdentities(choices, made, wallClock);
    expect(shown).toMatchObject({ ready: false });
    expect(shown?.advice).toContain(`no user-assigned identity with this ${by}`);
    expect(shown?.advice).toContain('az functionapp identity assign');
  });
});

describe('tokens of a job that runs for 30 hours', () => {
  const table = [
    { name: 'a', blobEndpoint: 'https://a.blob.core.windows.net', listingOrder: 'utf8' },
  ] as const;
  const source = { url: 'https://a.blob.core.windows.net/c/b', etag: '"1"' };

  it.each([
    ['as long as the platform gives them', 24, 4],
    ['of one hour', 1, 36],
  ])('%s are renewed in time, and seldom', async (_, lifetimeHours, mostRequests) => {
    endpoint.state.tokenLifetimeSeconds = lifetimeHours * 3600;
    // An identity of its own: the SDK keeps tokens for the whole process.
    const identity = {
      objectId: `oid-30-${String(lifetimeHours)}`,
      clientId: `cid-30-${String(lifetimeHours)}`,
      resourceId: `/30/${String(lifetimeHours)}`,
    };
    endpoint.state.identities = [...endpoint.state.identities, identity];
    const { made } = credentials({ AZURE_CLIENT_ID: identity.clientId });
    const sources = bearerAuthorisation(made.source, table);
    const before = endpoint.state.requests;
    const start = Date.now();
    const seen = new Set<string>();
    for (let minute = 0; minute <= 30 * 60; minute += 5) {
      vi.setSystemTime(start + minute * 60_000);
      const { authorization } = await sources.authorise(source, new AbortController().signal);
      const token = await made.destination.getToken(scope);
      for (const text of [authorization?.value, token?.token]) {
        expect(endpoint.claims(text).oid).toBe(identity.objectId);
        seen.add(text ?? '');
      }
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(endpoint.state.requests - before).toBeLessThanOrEqual(mostRequests);
  });

  it('an endpoint that is down for ten minutes stops nothing while the token holds', async () => {
    endpoint.state.tokenLifetimeSeconds = 24 * 3600;
    const identity = { objectId: 'oid-down', clientId: 'cid-down', resourceId: '/down' };
    endpoint.state.identities = [...endpoint.state.identities, identity];
    const { made } = credentials({ AZURE_CLIENT_ID: identity.clientId });
    const start = Date.now();
    const first = (await made.app.getToken(scope))?.token;
    // Half of its life is over: from now on the SDK asks for the next one.
    const before = endpoint.state.requests;
    endpoint.state.fail = { status: 400, times: 1_000_000 };
    for (let minute = 0; minute <= 10; minute += 1) {
      vi.setSystemTime(start + 13 * hourMs + minute * 60_000);
      const token = (await made.app.getToken(scope))?.token;
      expect(token).toBe(first);
      expect(endpoint.claims(token).oid).toBe(identity.objectId);
    }
    expect(endpoint.state.requests).toBeGreaterThan(before);
    endpoint.state.fail = undefined;
    vi.setSystemTime(start + 13 * hourMs + 11 * 60_000);
    await made.app.getToken(scope);
    expect((await made.app.getToken(scope))?.token).not.toBe(first);
  });

  it('a token in its last minutes goes on working while the endpoint is down', async () => {
    endpoint.state.tokenLifetimeSeconds = 3600;
    const identity = { objectId: 'oid-late', clientId: 'cid-late', resourceId: '/late' };
    endpoint.state.identities = [...endpoint.state.identities, identity];
    const { made } = credentials({ AZURE_CLIENT_ID: identity.clientId });
    const start = Date.now();
    const first = (await made.app.getToken(scope))?.token;
    endpoint.state.fail = { status: 400, times: 1_000_000 };
    vi.setSystemTime(start + 57 * 60_000);
    expect((await made.app.getToken(scope))?.token).toBe(first);
    vi.setSystemTime(start + 60 * 60_000);
    await expect(made.app.getToken(scope)).rejects.toThrow();
    endpoint.state.fail = undefined;
    expect(endpoint.claims((await made.app.getToken(scope))?.token).oid).toBe(identity.objectId);
  });
});
