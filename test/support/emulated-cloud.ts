import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ManagedIdentityCredential } from '@azure/identity';
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, BlockBlobClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { Account } from '../../src/job/account.js';
import { encodeKey } from '../../src/job/encode-key.js';
import { startCloud } from '../../src/localhost/cloud/cloud.js';
import type { z } from 'zod';
import type { FaultRule } from '../../src/localhost/cloud/faults.js';
import type { IdentityState, identitySettingsSchema } from '../../src/localhost/cloud/identity.js';
import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import type { RoleAssignment } from '../../src/localhost/cloud/roles.js';
import { openAccounts } from '../../src/storage/open.js';
import { openStateFolder } from './state-folder.js';

export const emulatedIdentity = { objectId: 'oid-tranship', clientId: 'cid-tranship' };

/** The emulated cloud inside a test's process: TLS trusted, managed identity ready, keys for what tests do themselves. */
export interface EmulatedCloud {
  readonly accounts: readonly Account[];
  readonly credential: TokenCredential;
  /** The account by its key: the test's own hands. */
  owner(account: string): BlobServiceClient;
  /** The account's key, for clients of other services. */
  sharedKey(account: string): StorageSharedKeyCredential;
  fileEndpoint(account: string): string;
  /** One object by the account's key, whatever its name: the SDK's own way from a container resolves `a/../b`. */
  blob(account: string, container: string, key: string): BlockBlobClient;
  /** Replaces all fault rules; an empty list heals everything. */
  faults(rules: readonly FaultRule[]): Promise<void>;
  roles(assignments: readonly RoleAssignment[]): Promise<void>;
  /** Changes the managed-identity endpoint, heals it unless told otherwise, and tells what it was before. */
  identity(settings: z.infer<typeof identitySettingsSchema>): Promise<IdentityState>;
  /** `query` as the admin endpoint takes it, for example `operation=PutBlob&internal=false`. */
  journal(query: string): Promise<readonly JournalEntry[]>;
  stop(): Promise<void>;
}

/** Starts it on free ports with a directory of its own. One at a time in a process: trust and identity are global. */
export async function startEmulatedCloud(names: readonly string[]): Promise<EmulatedCloud> {
  const folder = await openStateFolder('tranship-contract');
  const cloud = await startCloud({
    stateDirectory: folder.path,
    basePort: 0,
    accounts: names.map((name) => ({ name })),
    identities: [emulatedIdentity],
    log: () => undefined,
  });
  setDefaultCACertificates([...getCACertificates('default'), await readFile(cloud.caFile, 'utf8')]);
  process.env['IDENTITY_ENDPOINT'] = cloud.identityEndpoint;
  process.env['IDENTITY_HEADER'] = cloud.identityHeader;
  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const reply = await fetch(`${cloud.adminUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!reply.ok) throw new Error(`${method} ${path}: ${String(reply.status)} ${await reply.text()}`);
    return reply.status === 204 ? undefined : reply.json();
  };
  return {
    accounts: cloud.accounts.map(({ name, blobEndpoint, fileEndpoint }) => ({
      name,
      blobEndpoint,
      fileEndpoint,
      listingOrder: 'utf16',
    })),
    credential: new ManagedIdentityCredential(),
    sharedKey: (name) => {
      const account = cloud.accounts.find((candidate) => candidate.name === name);
      if (account === undefined) throw new Error(`no account ${name}`);
      return new StorageSharedKeyCredential(name, account.key);
    },
    fileEndpoint: (name) => {
      const account = cloud.accounts.find((candidate) => candidate.name === name);
      if (account === undefined) throw new Error(`no account ${name}`);
      return account.fileEndpoint;
    },
    owner: (name) => {
      const account = cloud.accounts.find((candidate) => candidate.name === name);
      if (account === undefined) throw new Error(`no account ${name}`);
      return new BlobServiceClient(account.blobEndpoint, new StorageSharedKeyCredential(name, account.key));
    },
    blob: (name, container, key) => {
      const account = cloud.accounts.find((candidate) => candidate.name === name);
      if (account === undefined) throw new Error(`no account ${name}`);
      const url = `${account.blobEndpoint}/${container}/${encodeKey(key)}`;
      return new BlockBlobClient(url, new StorageSharedKeyCredential(name, account.key));
    },
    faults: async (rules) => {
      await admin('DELETE', '/faults');
      if (rules.length > 0) await admin('POST', '/faults', rules);
    },
    roles: async (assignments) => {
      await admin('PUT', '/roles', assignments);
    },
    identity: async (settings) => {
      const before = (await admin('GET', '/identity')) as IdentityState;
      await admin('PUT', '/identity', settings);
      return before;
    },
    journal: async (query) => {
      const { entries } = (await admin('GET', `/journal?${query}`)) as { entries: readonly JournalEntry[] };
      return entries;
    },
    stop: async () => {
      await cloud.stop();
      await folder.close();
    },
  };
}

/** Opens accounts of a cloud as the app does, and counts the requests sent. */
export function countedAccounts({ accounts, credential }: EmulatedCloud): {
  readonly open: ReturnType<typeof openAccounts>;
  readonly requests: () => number;
} {
  let sent = 0;
  const open = openAccounts({
    accounts,
    credential,
    clientRequestId: 'contract',
    version: '0.0.1',
    onRequest: () => {
      sent += 1;
    },
  });
  return { open, requests: () => sent };
}
