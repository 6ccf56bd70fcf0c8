import { ShareServiceClient } from '@azure/storage-file-share';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeKey } from '../../src/job/encode-key.js';
import { oddNames } from '../../src/localhost/demo/odd-names.js';
import { wallClock } from '../../src/runtime/clock.js';
import type { SourceAuthorisation } from '../../src/storage/azure-blob/source-authorisation.js';
import { openAccounts } from '../../src/storage/open.js';
import type { OpenAccount } from '../../src/storage/open.js';
import { openSources } from '../../src/storage/open-sources.js';
import type { CopySource } from '../../src/storage/store.js';
import { emulatedIdentity, startEmulatedCloud, type EmulatedCloud } from '../support/emulated-cloud.js';
import { codeOf } from '../support/memory-store.js';
import { oddFileNames } from '../support/odd-file-names.js';
import { signal } from './contract-world.js';

let cloud: EmulatedCloud;
let sources: SourceAuthorisation;
let open: OpenAccount;
let since = 0;

beforeAll(async () => {
  cloud = await startEmulatedCloud(['left', 'right']);
  for (const account of ['left', 'right']) {
    await cloud.owner(account).createContainer('things');
    await shares(account).getShareClient('things').create();
  }
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  await cloud.faults([]);
  await grant(['read', 'delegate']);
  const { accounts, credential } = cloud;
  sources = openSources({ accounts, credential, version: '0', clock: wallClock });
  open = openAccounts({ accounts, credential, sources, clientRequestId: 'test', onRequest: () => undefined });
  since = (await cloud.journal('limit=1')).at(-1)?.seq ?? since;
});

function shares(account: string): ShareServiceClient {
  const settings = { allowTrailingDot: true };
  return new ShareServiceClient(cloud.fileEndpoint(account), cloud.sharedKey(account), settings);
}

/** What the identity may do at the source; at the destination it may write. */
async function grant(actions: readonly ('read' | 'delegate')[], container?: string): Promise<void> {
  const { objectId: identity } = emulatedIdentity;
  await cloud.roles([
    { identity, account: 'left', actions: [...actions], ...(container === undefined ? {} : { container }) },
    { identity, account: 'right', actions: ['read', 'write', 'delete'] },
  ]);
}

const refusesTokens = {
  account: 'right',
  hasSourceAuthorization: true,
  status: 400,
  code: 'UnsupportedHeader',
};

/** What was asked of both accounts since the test began, with who asked; the cloud's own reads of sources begin with `>`. */
async function journal(): Promise<string[]> {
  const entries = await cloud.journal(`limit=50000&after=${String(since)}`);
  return entries
    .filter(({ operation }) => /FromUrl$|^GetUserDelegationKey$|^Get(?:Blob|File)$/.test(operation))
    .map(({ operation, caller, internal, status }) =>
      internal
        ? `> ${operation} ${caller === emulatedIdentity.objectId ? 'bearer' : caller}`
        : `${operation} ${String(status)}`,
    );
}

async function putBlob(key: string, body = 'hello'): Promise<CopySource> {
  const { etag = '' } = await cloud.blob('left', 'things', key).upload(body, body.length);
  return open('left', 'source').container('things').source(key, etag);
}

async function putFile(path: string, body = 'hello'): Promise<CopySource> {
  let directory = shares('left').getShareClient('things').rootDirectoryClient;
  const components = path.split('/');
  for (const component of components.slice(0, -1)) {
    directory = directory.getDirectoryClient(component);
    await directory.createIfNotExists();
  }
  const file = directory.getFileClient(components.at(-1) ?? '');
  await file.create(body.length);
  await file.uploadRange(body, 0, body.length);
  return open('left', 'source', 'files').container('things').source(path, '');
}

const range = { offset: 0, sizeBytes: 5 };
let number = 0;
const nextKey = (): string => `copy-${String((number += 1))}`;

/** The requests that name a source, each with the reads that it causes. */
const requests = {
  PutBlobFromUrl: async (source: CopySource) => {
    const to = open('right', 'destination').container('things');
    await to.copyFrom(nextKey(), source, { absent: true }, { copyProperties: true }, signal);
  },
  PutBlockFromUrl: async (source: CopySource) => {
    const to = open('right', 'destination').container('things');
    await to.stageFrom(nextKey(), Buffer.from('block').toString('base64'), source, range, signal);
  },
  PutRangeFromUrl: async (source: CopySource) => {
    const to = open('right', 'destination', 'files').container('things');
    const key = nextKey();
    await to.createFile(key, 5, {}, signal);
    await to.putRangeFrom(key, source, range, signal);
  },
} as const;

const services = {
  blob: { put: putBlob, read: 'GetBlob' },
  files: { put: putFile, read: 'GetFile' },
} as const;
const directions = (['blob', 'files'] as const).flatMap((service) =>
  (['PutBlobFromUrl', 'PutBlockFromUrl', 'PutRangeFromUrl'] as const).map(
    (operation) => [service, operation] as const,
  ),
);

describe.each(directions)('from %s by %s', (service, operation) => {
  const copy = requests[operation];
  const { put, read } = services[service];

  it('the token is refused once, one key is asked for, and then each copy is one request', async () => {
    const source = await put('object');
    await cloud.faults([refusesTokens]);
    for (let count = 0; count < 3; count += 1) await copy(source);
    const byKey = [`${operation} 201`, `> ${read} SAS`];
    expect(await journal()).toEqual([
      `${operation} 400`,
      'GetUserDelegationKey 200',
      ...byKey,
      ...byKey,
      ...byKey,
    ]);
  });

  it('the token serves where it is taken, and no key is asked for', async () => {
    await copy(await put('object'));
    expect(await journal()).toEqual([`${operation} 201`, `> ${read} bearer`]);
  });

  it('the SAS opens no more than the identity may read', async () => {
    const source = await put('object');
    await cloud.faults([refusesTokens]);
    await grant(['delegate']);
    expect(await codeOf(copy(source))).toBe('bad-request');
    expect(await journal()).toContain('GetUserDelegationKey 200');
  });

  it('without the right to delegate the refusal says so', async () => {
    const source = await put('object');
    await cloud.faults([refusesTokens]);
    await grant(['read'], 'things');
    expect([await codeOf(copy(source)), await codeOf(copy(source))]).toEqual(
      Array(2).fill('source-delegation-refused'),
    );
    expect((await journal()).filter((line) => line.startsWith('GetUserDelegationKey'))).toEqual([
      'GetUserDelegationKey 403',
    ]);
  });
});

it('every odd name is opened by its SAS', async () => {
  await cloud.faults([refusesTokens]);
  const blobs = oddNames.filter((name) => encodeKey(name).length < 1200 && !/^\.{1,2}$/.test(name));
  for (const name of blobs) await requests.PutBlobFromUrl(await putBlob(name));
  const files = oddFileNames({ trailingDots: true }).filter((name) => encodeKey(name).length < 1200);
  for (const name of files) await requests.PutRangeFromUrl(await putFile(name));
  expect(blobs.length + files.length).toBeGreaterThan(100);
  expect((await journal()).filter((line) => line.endsWith('SAS'))).toHaveLength(blobs.length + files.length);
});

it('a file of a share snapshot is read by SAS', async () => {
  await putFile('frozen', 'first');
  const snapshot = await shares('left').getShareClient('things').createSnapshot();
  await putFile('frozen', 'later');
  const from = open('left', 'source', 'files').container('things', snapshot.snapshot);
  await cloud.faults([refusesTokens]);
  await requests.PutBlobFromUrl(from.source('frozen', ''));
  const copied = await cloud.blob('right', 'things', `copy-${String(number)}`).downloadToBuffer();
  expect(copied.toString()).toBe('first');
});

/** The URL that a destination is given. */
async function signedUrl(source: CopySource): Promise<string> {
  const urls: string[] = [];
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    sourceAuth: 'userDelegationSas' as const,
  }));
  const { credential } = cloud;
  const byKey = openSources({ accounts, credential, version: '0', clock: wallClock });
  const use = { destination: 'right', operation: 'put blob' } as const;
  await byKey.send(source, use, signal, (from) => Promise.resolve(urls.push(from.url)));
  return urls[0] ?? '';
}

describe.each(['blob', 'files'] as const)('a key of %s that ends', (service) => {
  it('takes its SAS with it; a copy that it ends under goes on by the next key', async () => {
    const source = await services[service].put('object');
    // The second copy by SAS is held up for longer than the key lives.
    const held = { account: 'right', hasCopySource: true, hasSourceAuthorization: false, skip: 1, times: 1 };
    await cloud.faults([
      { account: 'left', operation: 'GetUserDelegationKey', keyLifeMs: 3_000 },
      refusesTokens,
      { ...held, delayMs: 3_200 },
    ]);
    const ended = await signedUrl(source);
    await requests.PutBlobFromUrl(source);
    await requests.PutBlobFromUrl(source);
    const { read } = services[service];
    const byKey = ['GetUserDelegationKey 200', 'PutBlobFromUrl 201', `> ${read} SAS`];
    expect(await journal()).toEqual([
      'GetUserDelegationKey 200',
      'PutBlobFromUrl 400',
      ...byKey,
      'PutBlobFromUrl 403',
      `> ${read} SAS`,
      ...byKey,
    ]);
    const reply = await fetch(ended, { headers: { 'x-ms-version': '2026-04-06' } });
    expect([reply.status, reply.headers.get('x-ms-error-code')]).toEqual([403, 'AuthenticationFailed']);
  });
});

describe.each([
  ['blob', 'b'],
  ['files', 'f'],
] as const)('a SAS of %s', (service, resource) => {
  it('is to read one object, over https, for an hour at most', async () => {
    const query = new URL(await signedUrl(await services[service].put('object'))).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      sv: '2025-07-05',
      sp: 'r',
      spr: 'https',
      sr: resource,
      skoid: emulatedIdentity.objectId,
      sks: resource,
    });
    for (const name of ['sip', 'ss', 'srt', 'si', 'sduoid']) expect(query.has(name)).toBe(false);
    const minutes = (name: string): number => (Date.parse(query.get(name) ?? '') - Date.now()) / 60_000;
    expect([Math.round(minutes('st')), Math.round(minutes('se'))]).toEqual([-15, 60]);
    expect(minutes('ske')).toBeGreaterThan(minutes('se'));
  });

  it('opens nothing else, and nothing when a letter of it is changed', async () => {
    const { put } = services[service];
    const url = await signedUrl(await put('object'));
    await put('other');
    const read = async (changed: string): Promise<number> =>
      (await fetch(changed, { headers: { 'x-ms-version': '2026-04-06' } })).status;
    expect(await read(url)).toBe(200);
    expect(await read(url.replace('/object?', '/other?'))).toBe(403);
    expect(await read(url.replace('sp=r', 'sp=rd'))).toBe(403);
    expect(await read(url.replace(/se=[^&]+/, 'se=2099-01-01T00%3A00%3A00Z'))).toBe(403);
    expect(await read(url.replace(/skoid=[^&]+/, 'skoid=oid-other'))).toBe(403);
  });
});
