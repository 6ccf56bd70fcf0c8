import { describe, expect, it } from 'vitest';
import { chooseIdentities } from '../../../src/runtime/identity-choice.js';

const dev = { TRANSHIP_ENVIRONMENT: 'development' };
const principal = { AZURE_TENANT_ID: 't-1', AZURE_CLIENT_ID: 'app-1' };

describe('the identities of the sides', () => {
  it("are the app's where nothing else is set", () => {
    const user = { kind: 'user-assigned', by: 'client-id', id: 'c-1' };
    expect(chooseIdentities({ AZURE_CLIENT_ID: 'c-1' })).toEqual({
      app: user,
      source: user,
      destination: user,
    });
  });

  it('differ where settings say so, beside the client id of the app', () => {
    expect(
      chooseIdentities({
        AZURE_CLIENT_ID: 'c-1',
        TRANSHIP_SOURCE_IDENTITY: 'client-id:c-2',
        TRANSHIP_DESTINATION_IDENTITY: 'system',
      }),
    ).toEqual({
      app: { kind: 'user-assigned', by: 'client-id', id: 'c-1' },
      source: { kind: 'user-assigned', by: 'client-id', id: 'c-2' },
      destination: { kind: 'system-assigned' },
    });
  });

  it('may be an application beside a managed identity of the app', () => {
    const { app, source } = chooseIdentities({
      ...principal,
      TRANSHIP_IDENTITY: 'system',
      TRANSHIP_SOURCE_IDENTITY: 'service-principal',
      AZURE_CLIENT_SECRET: 'S3cret',
    });
    expect([app.kind, source.kind]).toEqual(['system-assigned', 'service-principal']);
  });

  it("may be a person's sign-in on a laptop, while state is kept by the local managed identity", () => {
    const sides = { TRANSHIP_SOURCE_IDENTITY: 'azure-cli', TRANSHIP_DESTINATION_IDENTITY: 'azure-cli@t' };
    expect(chooseIdentities({ ...dev, ...sides })).toEqual({
      app: { kind: 'system-assigned' },
      source: { kind: 'azure-cli' },
      destination: { kind: 'azure-cli', tenantId: 't' },
    });
  });
});
