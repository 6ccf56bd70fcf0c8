import { createPublicKey, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { jwtVerify } from 'jose';
import { issueToken, type Claims, type TokenAuthority } from '../../src/localhost/cloud/bearer.js';
import { ensureCertificate } from '../../src/localhost/cloud/certificate.js';
import { claimsOf, stopServer } from './token-claims.js';

/** Somebody who may sign in, and how. */
export interface Application {
  readonly clientId: string;
  readonly objectId: string;
  readonly secret?: string;
  /** PEM of the certificate whose key signs its assertions. */
  readonly certificate?: string;
  /** What the platform of a workload has put into its token file. */
  readonly federatedToken?: string;
}

/** A person, who types the code of a device elsewhere. */
export interface Person {
  readonly objectId: string;
  /** The device's code that has been typed; until then nobody has signed in. */
  typed: string | undefined;
}

/** The part of Entra that applications and devices sign in to, on loopback, over https that this process trusts. */
export interface SignInEndpoint {
  /** Value for `AZURE_AUTHORITY_HOST`. */
  readonly origin: string;
  readonly tenant: string;
  readonly person: Person;
  applications: readonly Application[];
  /** Claims of a token that holds now; throws for any other. */
  claims(token: string | undefined): Claims;
  /** A token for storage, as a person's tool would print it. */
  token(objectId: string): string;
  stop(): Promise<void>;
}

const storage = 'https://storage.azure.com';

export async function startSignInEndpoint(): Promise<SignInEndpoint> {
  const folder = await mkdtemp(join(tmpdir(), 'tranship-sign-in-'));
  const certificate = await ensureCertificate(folder, Date.now());
  await rm(folder, { recursive: true });
  setDefaultCACertificates([...getCACertificates('default'), certificate.cert]);
  const tenant = randomUUID();
  const authority: TokenAuthority = { tenantId: tenant, secret: createSecretKey(randomBytes(32)) };
  const tokenOf = (objectId: string, clientId = objectId): string =>
    issueToken(authority, { objectId, clientId }, storage, Math.floor(Date.now() / 1000), 3600);
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
    void answer(endpoint, tokenOf, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: SignInEndpoint = {
    origin: `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    tenant,
    person: { objectId: 'oid-person', typed: undefined },
    applications: [],
    token: (objectId) => tokenOf(objectId),
    claims: (token) => claimsOf(authority, token),
    stop: () => stopServer(server),
  };
  return endpoint;
}

type Issue = (objectId: string, clientId?: string) => string;

async function answer(
  endpoint: SignInEndpoint,
  issue: Issue,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', endpoint.origin).pathname;
  const form = new URLSearchParams(await text(request));
  const { status, body } = await route(endpoint, issue, path, form);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

function route(
  endpoint: SignInEndpoint,
  issue: Issue,
  path: string,
  form: URLSearchParams,
): Answer | Promise<Answer> {
  const base = `${endpoint.origin}/${endpoint.tenant}`;
  switch (path) {
    case `/${endpoint.tenant}/v2.0/.well-known/openid-configuration`:
      return {
        status: 200,
        body: {
          issuer: `${base}/v2.0`,
          authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
          token_endpoint: `${base}/oauth2/v2.0/token`,
          device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
          jwks_uri: `${base}/discovery/v2.0/keys`,
        },
      };
    case `/${endpoint.tenant}/oauth2/v2.0/devicecode`:
      return deviceCode(endpoint);
    case `/${endpoint.tenant}/oauth2/v2.0/token`:
      return form.get('grant_type') === 'client_credentials'
        ? applicationToken(endpoint, issue, form)
        : deviceToken(endpoint, issue, form);
    default:
      return { status: 404, body: { error: 'not_found' } };
  }
}

function deviceCode({ origin }: SignInEndpoint): Answer {
  const userCode = 'TYPE-ME';
  const uri = `${origin}/devicelogin`;
  return {
    status: 200,
    body: {
      user_code: userCode,
      device_code: 'the-device-code',
      verification_uri: uri,
      expires_in: 900,
      interval: 1,
      message: `To sign in, use a web browser to open the page ${uri} and enter the code ${userCode} to authenticate.`,
    },
  };
}

function deviceToken({ person, tenant }: SignInEndpoint, issue: Issue, form: URLSearchParams): Answer {
  if (person.typed === undefined || form.get('device_code') !== 'the-device-code') {
    return refused(400, 'authorization_pending', 'AADSTS70016: the person has not signed in yet');
  }
  const client = Buffer.from(JSON.stringify({ uid: person.objectId, utid: tenant })).toString('base64url');
  return granted(issue(person.objectId), { client_info: client, scope: `${storage}/.default` });
}

async function applicationToken(
  { applications, origin, tenant }: SignInEndpoint,
  issue: Issue,
  form: URLSearchParams,
): Promise<Answer> {
  const application = applications.find(({ clientId }) => clientId === form.get('client_id'));
  if (application === undefined)
    return refused(400, 'unauthorized_client', 'AADSTS700016: no such application');
  const proven = await isProven(application, form, `${origin}/${tenant}/oauth2/v2.0/token`);
  return proven
    ? granted(issue(application.objectId, application.clientId))
    : refused(401, 'invalid_client', 'AADSTS7000215: the proof of the application does not hold');
}

async function isProven(application: Application, form: URLSearchParams, audience: string): Promise<boolean> {
  const { secret, certificate, federatedToken } = application;
  const assertion = form.get('client_assertion');
  if (assertion === null) return secret !== undefined && form.get('client_secret') === secret;
  if (federatedToken !== undefined) return assertion === federatedToken;
  if (certificate === undefined) return false;
  // The library rounds the time to whole seconds, also up; Entra tolerates minutes.
  const options = {
    clockTolerance: 60,
    audience,
    issuer: application.clientId,
    algorithms: ['PS256', 'RS256'],
  };
  return jwtVerify(assertion, createPublicKey(certificate), options).then(
    () => true,
    () => false,
  );
}

function granted(token: string, more: object = {}): Answer {
  return { status: 200, body: { token_type: 'Bearer', expires_in: 3600, access_token: token, ...more } };
}

function refused(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}
