import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  BlobServiceClient,
  BlockBlobClient,
  RestError,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { Cloud, CloudAccount } from '../../src/localhost/cloud/cloud.js';
import { startCloud } from '../../src/localhost/cloud/cloud.js';
import { openStateFolder } from '../support/state-folder.js';

export const worker = { objectId: 'oid-worker', clientId: 'cid-worker' };
export const guest = { objectId: 'oid-guest', clientId: 'cid-guest', resourceId: '/subscriptions/s/guest' };

/** A reply as it came over the wire. */
export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, in the case they were sent in. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** A cloud of two accounts for the tests of the cloud itself: raw requests, tokens and the admin endpoint. */
export interface CloudWorld {
  readonly cloud: Cloud;
  readonly stateDirectory: string;
  readonly source: CloudAccount;
  readonly destination: CloudAccount;
  /** `Bearer …` of an identity, as the managed-identity endpoint gives it; the query names the identity. */
  token(identityQuery?: string): Promise<string>;
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  /** One request exactly as given; only host, version and length are added. */
  raw(method: string, url: string, headers?: Record<string, string>, body?: string): Promise<RawReply>;
  owner(account: CloudAccount): BlobServiceClient;
  /** A blob by the account's key. */
  blob(account: CloudAccount, container: string, encodedName: string): BlockBlobClient;
  stop(): Promise<void>;
}

export async function openCloudWorld(): Promise<CloudWorld> {
  const folder = await openStateFolder('cloud-world');
  const cloud = await startCloud({
    stateDirectory: folder.path,
    basePort: 0,
    accounts: [{ name: 'srcacct' }, { name: 'dstacct' }],
    identities: [worker, guest],
    log: () => undefined,
  });
  const [source, destination] = cloud.accounts;
  if (source === undefined || destination === undefined) throw new Error('no accounts');
  const ca = await readFile(cloud.caFile, 'utf8');
  const options = { retryOptions: { maxTries: 1 }, tlsOptions: { ca } };
  const keyOf = (account: CloudAccount): StorageSharedKeyCredential =>
    new StorageSharedKeyCredential(account.name, account.key);
  return {
    cloud,
    stateDirectory: folder.path,
    source,
    destination,
    token: (identityQuery = '') => fetchToken(cloud, identityQuery),
    admin: (method, path, body) => callAdmin(cloud, method, path, body),
    raw: (method, url, headers = {}, body = '') => sendRaw(ca, method, url, headers, body),
    owner: (account) => new BlobServiceClient(account.blobEndpoint, keyOf(account), options),
    blob: (account, container, encodedName) =>
      new BlockBlobClient(`${account.blobEndpoint}/${container}/${encodedName}`, keyOf(account), options),
    stop: async () => {
      await cloud.stop();
      await folder.close();
    },
  };
}

async function fetchToken(cloud: Cloud, identityQuery: string): Promise<string> {
  const url = `${cloud.identityEndpoint}?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com${identityQuery}`;
  const reply = await fetch(url, { headers: { 'x-identity-header': cloud.identityHeader } });
  if (!reply.ok) throw new Error(`token: ${String(reply.status)} ${await reply.text()}`);
  const { access_token: token } = (await reply.json()) as { access_token: string };
  return `Bearer ${token}`;
}

async function callAdmin(cloud: Cloud, method: string, path: string, body: unknown): Promise<unknown> {
  const reply = await fetch(`${cloud.adminUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${String(reply.status)} ${await reply.text()}`);
  return reply.status === 204 ? undefined : reply.json();
}

function sendRaw(
  ca: string,
  method: string,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<RawReply> {
  const [, host = '', port = '', path = ''] = /^https:\/\/([^:/]+):(\d+)(.*)$/.exec(url) ?? [];
  return new Promise((resolve, reject) => {
    const length = method === 'PUT' || method === 'POST' ? { 'Content-Length': Buffer.byteLength(body) } : {};
    const outgoing = request({
      host,
      port,
      path,
      method,
      ca,
      agent: false,
      headers: { 'x-ms-version': '2026-04-06', ...length, ...headers },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      text(incoming).then((content) => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          rawHeaders: incoming.rawHeaders,
          body: content,
        });
      }, reject);
    });
    outgoing.end(body);
  });
}

/** Status and code of an SDK call that must fail. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    const details = error.details as { errorCode?: string } | undefined;
    return `${String(error.statusCode)} ${details?.errorCode ?? error.code ?? ''}`;
  }
  throw new Error('the call succeeded');
}
