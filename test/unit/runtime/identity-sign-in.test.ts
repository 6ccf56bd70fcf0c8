import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallClock } from '../../../src/runtime/clock.js';
import { ConfigError } from '../../../src/runtime/config.js';
import { createCredential, createCredentials } from '../../../src/runtime/credential.js';
import { chooseIdentities, chooseIdentity } from '../../../src/runtime/identity-choice.js';
import { showIdentities } from '../../../src/runtime/identity-status.js';
import { createFakeTools, type FakeTools } from '../../support/fake-tools.js';
import { startSignInEndpoint, type SignInEndpoint } from '../../support/sign-in-endpoint.js';

type Settings = Readonly<Record<string, string>>;

const scope = 'https://storage.azure.com/.default';
const path = process.env['PATH'] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'tranship-identity-'));
const certificateFile = join(folder, 'app.pem');
const otherCertificateFile = join(folder, 'other.pem');
const tokenFile = join(folder, 'federated');
const wrongTokenFile = join(folder, 'federated-of-another');
let endpoint: SignInEndpoint;
let tools: FakeTools;
let prompts: string[];

beforeAll(async () => {
  endpoint = await startSignInEndpoint();
  tools = createFakeTools(join(folder, 'bin'));
  process.env['PATH'] = `${tools.folder}:${path}`;
  const options = { keySize: 2048, algorithm: 'sha256' } as const;
  const [own, other] = await Promise.all([
    generate([{ name: 'commonName', value: 'app' }], options),
    generate([{ name: 'commonName', value: 'other' }], options),
  ]);
  writeFileSync(certificateFile, `${own.private}\n${own.cert}`);
  writeFileSync(otherCertificateFile, `${other.private}\n${other.cert}`);
  writeFileSync(tokenFile, 'the-federated-token');
  writeFileSync(wrongTokenFile, 'the-federated-token-of-another');
  endpoint.applications = [
    { clientId: 'app-secret', objectId: 'oid-secret', secret: 'S3cret-of-the-app' },
    { clientId: 'app-certificate', objectId: 'oid-certificate', certificate: own.cert },
    { clientId: 'app-workload', objectId: 'oid-workload', federatedToken: 'the-federated-token' },
  ];
});
afterAll(async () => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
  await endpoint.stop();
});

/** Settings of a deployed app, but for the sign-in host, which is on this machine. */
function settings(more: Settings): Settings {
  return { TRANSHIP_ENVIRONMENT: 'development', AZURE_AUTHORITY_HOST: endpoint.origin, ...more };
}

function spn(clientId: string, more: Settings): Settings {
  return settings({
    TRANSHIP_IDENTITY: 'service-principal',
    AZURE_TENANT_ID: endpoint.tenant,
    AZURE_CLIENT_ID: clientId,
    ...more,
  });
}

function azCopySpn(clientId: string, more: Settings): Settings {
  return settings({
    AZCOPY_AUTO_LOGIN_TYPE: 'SPN',
    AZCOPY_TENANT_ID: endpoint.tenant,
    AZCOPY_SPA_APPLICATION_ID: clientId,
    ...more,
  });
}

const workload = (more: Settings = {}): Settings =>
  settings({
    TRANSHIP_IDENTITY: 'workload',
    AZURE_TENANT_ID: endpoint.tenant,
    AZURE_CLIENT_ID: 'app-workload',
    ...more,
  });

/** What the platform sets for the library, which reads it itself. */
function platformSets(file: string): void {
  process.env['AZURE_FEDERATED_TOKEN_FILE'] = file;
}

async function shown(environment: Settings) {
  prompts = [];
  const choices = chooseIdentities(environment);
  const options = { environment, clock: wallClock, prompt: (text: string) => prompts.push(text) };
  const credentials = createCredentials(choices, options);
  const [status] = await showIdentities(choices, credentials, wallClock);
  return { status, credentials };
}

describe('each identity form, with the real library against a sign-in host of this machine', () => {
  it.each<[string, () => Settings, string]>([
    [
      'an application with a secret',
      () => spn('app-secret', { AZURE_CLIENT_SECRET: 'S3cret-of-the-app' }),
      'oid-secret',
    ],
    [
      "AzCopy's SPN with a secret",
      () => azCopySpn('app-secret', { AZCOPY_SPA_CLIENT_SECRET: 'S3cret-of-the-app' }),
      'oid-secret',
    ],
    [
      'an application with a certificate',
      () => spn('app-certificate', { AZURE_CLIENT_CERTIFICATE_PATH: certificateFile }),
      'oid-certificate',
    ],
    [
      "AzCopy's SPN with a certificate",
      () => azCopySpn('app-certificate', { AZCOPY_SPA_CERT_PATH: certificateFile }),
      'oid-certificate',
    ],
    ['a workload identity', () => workload(), 'oid-workload'],
    [
      "AzCopy's WORKLOAD",
      () =>
        settings({
          AZCOPY_AUTO_LOGIN_TYPE: 'WORKLOAD',
          AZCOPY_TENANT_ID: endpoint.tenant,
          AZURE_CLIENT_ID: 'app-workload',
        }),
      'oid-workload',
    ],
    ['Azure CLI', () => settings({ TRANSHIP_IDENTITY: 'azure-cli' }), 'oid-of-az'],
    ["AzCopy's AZCLI", () => settings({ AZCOPY_AUTO_LOGIN_TYPE: 'AZCLI' }), 'oid-of-az'],
    ['Azure PowerShell', () => settings({ TRANSHIP_IDENTITY: 'azure-powershell' }), 'oid-of-pwsh'],
    ["AzCopy's PSCRED", () => settings({ AZCOPY_AUTO_LOGIN_TYPE: 'PSCRED' }), 'oid-of-pwsh'],
  ])('%s gets its own token', async (_, environment, objectId) => {
    platformSets(tokenFile);
    tools.az(endpoint.token('oid-of-az'));
    tools.pwsh(endpoint.token('oid-of-pwsh'));
    const { status, credentials } = await shown(environment());
    expect(endpoint.claims((await credentials.source.getToken(scope))?.token).oid).toBe(objectId);
    expect(status).toMatchObject({ ready: true, objectId });
  });

  it('a device code asks the person to sign in, and then has their token', async () => {
    endpoint.person.typed = undefined;
    const environment = settings({ TRANSHIP_IDENTITY: `device-code@${endpoint.tenant}` });
    let token: Promise<string | undefined> | undefined;
    const asked = new Promise<string>((resolve) => {
      const credential = createCredential(chooseIdentity(environment), {
        environment,
        clock: wallClock,
        prompt: resolve,
      });
      token = credential.getToken(scope).then((given) => given?.token);
    });
    expect(await asked).toContain('enter the code TYPE-ME');
    endpoint.person.typed = 'TYPE-ME';
    expect(endpoint.claims(await token).oid).toBe('oid-person');
  });

  it.each<[string, () => Settings, string]>([
    [
      'a wrong secret',
      () => spn('app-secret', { AZURE_CLIENT_SECRET: 'not-the-secret' }),
      'AZURE_CLIENT_SECRET has not expired',
    ],
    [
      "another's certificate",
      () => spn('app-certificate', { AZURE_CLIENT_CERTIFICATE_PATH: otherCertificateFile }),
      'AZURE_CLIENT_CERTIFICATE_PATH has not expired',
    ],
    [
      'an unknown application',
      () => spn('app-of-nobody', { AZURE_CLIENT_SECRET: 'S3cret-of-the-app' }),
      'check that tenant and client id',
    ],
    [
      "another's federated token",
      () => workload({ AZURE_CLIENT_ID: 'app-workload' }),
      'federated credential',
    ],
    [
      'a person who is not signed in with the Azure CLI',
      () => settings({ TRANSHIP_IDENTITY: 'azure-cli' }),
      'az login',
    ],
    [
      'a person who is not signed in with PowerShell',
      () => settings({ TRANSHIP_IDENTITY: 'azure-powershell' }),
      'Connect-AzAccount',
    ],
  ])('%s is refused with advice, and without any secret', async (_, environment, advice) => {
    platformSets(wrongTokenFile);
    tools.az(undefined);
    tools.pwsh(undefined);
    const { status, credentials } = await shown(environment());
    await expect(credentials.app.getToken(scope)).rejects.toThrow();
    expect(status).toMatchObject({ ready: false });
    expect(status?.advice).toContain(advice);
    expect(JSON.stringify(status)).not.toMatch(/S3cret|not-the-secret|eyJ/);
  });
});

describe('the place to sign in', () => {
  const deployed = (host: string): Settings => ({
    ...spn('app-secret', { AZURE_CLIENT_SECRET: 'x' }),
    TRANSHIP_ENVIRONMENT: 'production',
    AZURE_AUTHORITY_HOST: host,
  });
  const open = (environment: Settings): unknown =>
    createCredential(chooseIdentity(environment), { environment, clock: wallClock, prompt: () => undefined });

  it('is one of Entra, in each of its clouds', () => {
    for (const host of ['https://login.microsoftonline.com/', 'https://login.microsoftonline.us']) {
      expect(open(deployed(host))).toBeDefined();
    }
  });

  it.each([
    'https://evil.example',
    'http://login.microsoftonline.com',
    'https://login.microsoftonline.com.evil.example',
    'https://127.0.0.1:4443',
  ])('is never %s in production, where a secret would go to it', (host) => {
    expect(() => open(deployed(host))).toThrow(ConfigError);
    expect(() => open(deployed(host))).toThrow('AZURE_AUTHORITY_HOST');
  });
});
