import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallClock } from '../../../src/runtime/clock.js';
import { createCredential } from '../../../src/runtime/credential.js';
import { chooseIdentity } from '../../../src/runtime/identity-choice.js';
import {
  firstUser,
  type IdentityEndpoint,
  resourceId,
  secondUser,
  startIdentityEndpoint,
  systemAssigned,
} from '../../support/identity-endpoint.js';

let endpoint: IdentityEndpoint;
beforeAll(async () => {
  endpoint = await startIdentityEndpoint();
  process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = endpoint.origin;
  delete process.env['IDENTITY_ENDPOINT'];
  delete process.env['IDENTITY_HEADER'];
});
afterAll(() => endpoint.stop());

async function tokenOf(environment: Readonly<Record<string, string>>): Promise<string | undefined> {
  const options = { environment, clock: wallClock, prompt: () => undefined };
  const credential = createCredential(chooseIdentity(environment), options);
  return (await credential.getToken('https://storage.azure.com/.default'))?.token;
}

describe('managed identities of a machine, over the metadata endpoint', () => {
  it.each([
    ['system-assigned', {}, systemAssigned],
    ['user-assigned by client id', { AZURE_CLIENT_ID: firstUser.clientId }, firstUser],
    ['user-assigned by object id', { TRANSHIP_IDENTITY: `object-id:${firstUser.objectId}` }, firstUser],
    ['user-assigned by resource id', { TRANSHIP_IDENTITY: `resource-id:${resourceId}` }, secondUser],
  ])('%s gets its own token', async (_, environment, identity) => {
    expect(endpoint.claims(await tokenOf(environment as Record<string, string>)).oid).toBe(identity.objectId);
  });

  it('an identity that the machine does not have is refused', async () => {
    await expect(tokenOf({ AZURE_CLIENT_ID: 'cid-of-nobody' })).rejects.toThrow(/identity/i);
  });

  it('a request without the metadata header, as a redirected browser would send it, is refused', async () => {
    const query = 'api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com';
    const url = `${endpoint.origin}/metadata/identity/oauth2/token?${query}`;
    expect((await fetch(url)).status).toBe(400);
    expect((await fetch(url, { headers: { metadata: 'true' } })).status).toBe(200);
  });
});
