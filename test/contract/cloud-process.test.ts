import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import {
  ShareServiceClient,
  StorageSharedKeyCredential as FilesKeyCredential,
} from '@azure/storage-file-share';
import type { ShareClient } from '@azure/storage-file-share';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cloud } from '../../src/localhost/cloud/cloud.js';
import { openStateFolder, type StateFolder } from '../support/state-folder.js';
import { isAlive } from '../support/is-alive.js';

type CloudFacts = Omit<Cloud, 'stop'>;

const built = pathToFileURL(join(import.meta.dirname, '../../dist/localhost/cloud/cloud.js')).href;
let state: StateFolder;
let stateDirectory: string;
let children: ChildProcess[];

beforeEach(async () => {
  state = await openStateFolder('cloud-process');
  stateDirectory = state.path;
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  await expect.poll(() => isAlive(azuritePid()), { timeout: 10_000 }).toBe(false);
  await state.close();
});

/** Runs module text in a process of its own. */
function run(script: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return line;
}

/** A cloud in a process of its own, which SIGTERM stops in good order. */
async function startCloudProcess(): Promise<{ child: ChildProcess; cloud: CloudFacts }> {
  const child = run(`import { startCloud } from ${JSON.stringify(built)};
    const cloud = await startCloud({
      stateDirectory: ${JSON.stringify(stateDirectory)}, basePort: 0, accounts: [{ name: 'acct' }, { name: 'other' }],
      identities: [{ objectId: 'oid', clientId: 'cid' }, { objectId: 'oid2', clientId: 'cid2', resourceId: '/r' }],
      log: () => {},
    });
    process.once('SIGTERM', () => void cloud.stop());
    console.log(JSON.stringify(cloud));`);
  return { child, cloud: JSON.parse(await firstLine(child)) as CloudFacts };
}

function owner(cloud: CloudFacts): BlobServiceClient {
  const account = cloud.accounts[0];
  if (account === undefined) throw new Error('no account');
  const credential = new StorageSharedKeyCredential(account.name, account.key);
  // Reaches the SDK's pipeline, though the type of its options does not tell.
  const options = { retryOptions: {}, tlsOptions: { ca: readFileSync(cloud.caFile, 'utf8') } };
  return new BlobServiceClient(account.blobEndpoint, credential, options);
}

function azuritePid(): number {
  return Number(readFileSync(join(stateDirectory, 'azurite', 'azurite.pid'), 'utf8'));
}

/** A share of the first account. */
function shareOf(cloud: CloudFacts, name: string): ShareClient {
  const account = cloud.accounts[0];
  if (account === undefined) throw new Error('no account');
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(cloud.caFile, 'utf8')]);
  const credential = new FilesKeyCredential(account.name, account.key);
  const options = { retryOptions: { maxTries: 1 } };
  return new ShareServiceClient(account.fileEndpoint, credential, options).getShareClient(name);
}

describe('the process of the cloud', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves no Azurite behind after %s, and finds accounts, keys and data again',
    async (signal) => {
      const first = await startCloudProcess();
      const pid = azuritePid();
      const box = owner(first.cloud).getContainerClient('box');
      await box.create();
      await box.getBlockBlobClient('kept').upload('still here', 10);
      first.child.kill(signal);
      await once(first.child, 'exit');
      const second = await startCloudProcess();
      // An init process may take a second to collect the dead.
      await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
      expect(second.cloud.accounts.map(({ name, key }) => [name, key])).toEqual(
        first.cloud.accounts.map(({ name, key }) => [name, key]),
      );
      const kept = owner(second.cloud).getContainerClient('box').getBlobClient('kept');
      expect((await kept.downloadToBuffer()).toString()).toBe('still here');
    },
  );
});

describe('Azure Files', () => {
  it('has after kill -9 every file whose request was answered, with its bytes and times, and the snapshots', async () => {
    const first = await startCloudProcess();
    const share = shareOf(first.cloud, 'box');
    await share.create();
    await share.createDirectory('d');
    const answered: string[] = [];
    const write = async (name: string): Promise<void> => {
      const file = share.getDirectoryClient('d').getFileClient(name);
      await file.create(2 ** 20, { lastWriteTime: new Date(1_000_000_000_000), metadata: { name } });
      await file.uploadRange(name, 2 ** 20 - name.length, name.length, { fileLastWrittenMode: 'Preserve' });
      answered.push(name);
    };
    await write('before');
    const { snapshot = '' } = await share.createSnapshot();
    // Killed in the middle of these, with several requests under way.
    const writers = Array.from({ length: 4 }, async (_, worker) => {
      for (let i = 0; i < 10_000; i++) await write(`${String(worker)}-${String(i)}`);
    });
    const ended = Promise.allSettled(writers);
    await expect.poll(() => answered.length).toBeGreaterThan(20);
    first.child.kill('SIGKILL');
    await ended;
    const second = await startCloudProcess();
    const again = shareOf(second.cloud, 'box');
    for (const name of answered) {
      const file = again.getDirectoryClient('d').getFileClient(name);
      expect((await file.downloadToBuffer(2 ** 20 - name.length)).toString()).toBe(name);
      expect(await file.getProperties()).toMatchObject({
        metadata: { name },
        fileLastWriteOn: new Date(1_000_000_000_000),
      });
    }
    const then = again.withSnapshot(snapshot).getDirectoryClient('d');
    const names: string[] = [];
    for await (const item of then.listFilesAndDirectories()) names.push(item.name);
    expect(names).toEqual(['before']);
  });
});

describe('an app in another process', () => {
  it('copies by its managed identity with nothing but environment variables, and reaches queue and table', async () => {
    const { cloud } = await startCloudProcess();
    const app = run(
      `import { ManagedIdentityCredential } from '@azure/identity';
      import { BlobServiceClient } from '@azure/storage-blob';
      const [from, to] = JSON.parse(process.env.ACCOUNTS);
      const credential = new ManagedIdentityCredential({ clientId: 'cid2' });
      const box = async (account) => {
        const client = new BlobServiceClient(account.blobEndpoint, credential).getContainerClient('box');
        await client.create();
        return client;
      };
      const source = (await box(from)).getBlockBlobClient('src');
      await source.upload('by identity', 11);
      const copy = (await box(to)).getBlockBlobClient('copy');
      const { token } = await credential.getToken('https://storage.azure.com/.default');
      await copy.syncUploadFromURL(source.url, { sourceAuthorization: { scheme: 'Bearer', value: token } });
      const headers = { 'Authorization': 'Bearer ' + token, 'x-ms-version': '2024-11-04', 'Accept': 'application/json;odata=nometadata' };
      const queues = await fetch(from.queueEndpoint + '?comp=list', { headers });
      const tables = await fetch(from.tableEndpoint + '/Tables', { headers });
      console.log(JSON.stringify([(await copy.downloadToBuffer()).toString(), queues.status, tables.status]));`,
      {
        ACCOUNTS: JSON.stringify(cloud.accounts),
        NODE_EXTRA_CA_CERTS: cloud.caFile,
        IDENTITY_ENDPOINT: cloud.identityEndpoint,
        IDENTITY_HEADER: cloud.identityHeader,
      },
    );
    expect(JSON.parse(await firstLine(app))).toEqual(['by identity', 200, 200]);
    const reply = await fetch(`${cloud.adminUrl}/journal/summary?operation=PutBlobFromUrl&caller=oid2`);
    expect(await reply.json()).toMatchObject({ total: 1, counts: [{ status: 201, internal: false }] });
  });
});
