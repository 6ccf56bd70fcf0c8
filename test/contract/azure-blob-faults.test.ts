import { setImmediate as nextTick } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyObject } from '../../src/copy/copy-object.js';
import { createTagKeeper } from '../../src/copy/tag-keeper.js';
import type { Operation } from '../../src/job/operation.js';
import { openAzureStateStore } from '../../src/storage/azure-blob/state-store.js';
import { openAccounts } from '../../src/storage/open.js';
import type { OpenAccount } from '../../src/storage/open.js';
import type { StateStore } from '../../src/storage/state-store.js';
import { emulatedIdentity, startEmulatedCloud } from '../support/emulated-cloud.js';
import type { EmulatedCloud } from '../support/emulated-cloud.js';
import { codeOf } from '../support/memory-store.js';
import { createStepClock } from '../support/step-clock.js';

const signal = new AbortController().signal;
const everything = ['read', 'write', 'delete', 'tags'] as const;
let cloud: EmulatedCloud;
let open: OpenAccount;
let sent: string[];

function grant(account: string, actions: readonly (typeof everything)[number][]): object {
  return { identity: emulatedIdentity.objectId, account, actions };
}

beforeAll(async () => {
  cloud = await startEmulatedCloud(['left', 'right']);
  for (const account of ['left', 'right']) await cloud.owner(account).createContainer('things');
});
afterAll(() => cloud.stop());
beforeEach(() => {
  sent = [];
  open = openAccounts({
    accounts: cloud.accounts,
    credential: cloud.credential,
    clientRequestId: 'job1.r1',
    version: '9.8.7',
    onRequest: (account) => sent.push(account),
  });
});
afterEach(async () => {
  await cloud.faults([]);
  await cloud.roles(['left', 'right'].map((account) => grant(account, everything)) as never);
});

async function planned(key: string, body = 'hello'): Promise<Operation> {
  await cloud
    .blob('left', 'things', key)
    .upload(body, body.length, { metadata: { FooBar: '1' }, tags: { t: '1' } });
  const found = await open('left').container('things').stat(key, { tags: true, signal });
  if (found === undefined) throw new Error('the object was just put');
  const { etag, lastModified, sizeBytes, md5, tags } = found;
  return {
    action: 'copy',
    pair: 0,
    key,
    reason: 'new',
    sizeBytes,
    etag,
    lastModified,
    ...(md5 === undefined ? {} : { md5 }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function copy(operation: Operation, notes: string[] = []): ReturnType<typeof copyObject> {
  const base = { sourceBase: '', listPrefix: '', destinationBase: '' };
  return copyObject(operation, {
    pair: { ...base, sourceContainer: 'things', destinationContainer: 'things' },
    source: open('left', 'source').container('things'),
    destination: open('right', 'destination').container('things'),
    settings: { tier: 'auto', preserveProperties: true, preserveMetadata: true, singleShotBytes: 1024 },
    tags: createTagKeeper('auto', (note) => notes.push(note)),
    clock: createStepClock(),
    signal,
    since: new Date(0).toISOString(),
    rerun: false,
    planBlocks: ({ etag, sizeBytes }) =>
      [0, 1].map((index) => ({
        id: Buffer.from(`${etag}.${String(index)}`).toString('base64'),
        offset: (index * sizeBytes) / 2,
        sizeBytes: sizeBytes / 2,
      })),
  });
}

describe('requests to Azure Blob storage', () => {
  it('carry user agent and client request id, and are counted one by one', async () => {
    await open('left').container('things').list({ prefix: '', signal });
    const entries = await cloud.journal('account=left&clientTag=job1.r1&limit=1');
    expect(entries[0]?.userAgent).toMatch(/^tranship\/9\.8\.7 /);
    expect(entries[0]?.clientRequestId).toMatch(/^job1\.r1\.\d+$/);
    expect(sent).toEqual(['left']);
  });

  it('are never repeated by the SDK', async () => {
    for (const [status, code] of [
      [503, 'throttled'],
      [500, 'server-error'],
      [408, 'timeout'],
    ] as const) {
      sent = [];
      await cloud.faults([{ account: 'left', status, headers: { 'retry-after': '3' } }]);
      await expect(open('left').container('things').list({ prefix: '', signal })).rejects.toMatchObject({
        code,
        retryable: true,
        retryAfterMs: 3000,
      });
      expect(sent).toHaveLength(1);
    }
  });

  it('follow no redirect', async () => {
    const elsewhere = { location: 'https://127.0.0.1:1/evil' };
    await cloud.faults([{ account: 'left', status: 307, headers: elsewhere }]);
    const error = await open('left')
      .container('things')
      .list({ prefix: '', signal })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'CopyError' });
    expect(sent).toHaveLength(1);
  });

  it('report a broken connection as network', async () => {
    await cloud.faults([{ account: 'left', reset: 'before' }]);
    expect(await codeOf(open('left').container('things').list({ prefix: '', signal }))).toBe('network');
  });

  it('end when they are given up', async () => {
    await cloud.faults([{ account: 'left', delayMs: 60_000 }]);
    const abort = new AbortController();
    const listing = codeOf(open('left').container('things').list({ prefix: '', signal: abort.signal }));
    while (sent.length === 0) await nextTick();
    abort.abort();
    expect(await listing).toBe('aborted');
  });

  it('say whose role is missing', async () => {
    const operation = await planned('roles');
    await cloud.roles([grant('right', everything)] as never);
    expect(await copy(operation)).toMatchObject({ outcome: 'failed', reason: 'source-role-missing' });
    expect(await codeOf(open('left').container('things').list({ prefix: '', signal }))).toBe(
      'source-role-missing',
    );
    await cloud.roles([grant('left', everything), grant('right', ['read'])] as never);
    expect(await copy(operation)).toMatchObject({ outcome: 'failed', reason: 'destination-role-missing' });
  });
});

describe('copyObject between accounts', () => {
  it('moves one object with one request and no byte of it', async () => {
    const operation = await planned('one');
    sent = [];
    expect(await copy(operation)).toMatchObject({ outcome: 'copied' });
    expect(sent).toEqual(['right']);
    const [entry] = await cloud.journal('account=right&blob=one&internal=false&limit=1');
    expect(entry?.requestBytes).toBe(0);
    const copied = await open('right').container('things').stat('one', { tags: true, signal });
    expect(copied).toMatchObject({ metadata: { FooBar: '1' }, tags: { t: '1' }, md5: operation.md5 });
  });

  it('counts a write whose reply was lost', async () => {
    const operation = await planned('lost');
    await cloud.faults([{ account: 'right', method: 'PUT', hasCopySource: true, reset: 'after', times: 1 }]);
    expect(await copy(operation)).toMatchObject({ outcome: 'copied', reason: 'new' });
  });

  it('leaves out tags that the identity may not write, and says so once', async () => {
    const operation = await planned('tags');
    await cloud.roles([grant('left', everything), grant('right', ['read', 'write', 'delete'])] as never);
    const notes: string[] = [];
    expect(await copy(operation, notes)).toMatchObject({ outcome: 'copied' });
    expect(notes).toHaveLength(1);
  });

  it('skips what vanished and recopies what changed', async () => {
    const gone = await planned('gone');
    await cloud.blob('left', 'things', 'gone').delete();
    expect(await copy(gone)).toMatchObject({ outcome: 'skipped', reason: 'vanished' });
    const changed = await planned('changed');
    await cloud.blob('left', 'things', 'changed').upload('longer than before', 18);
    expect(await copy(changed)).toMatchObject({ outcome: 'copied', sizeBytes: 18 });
  });

  it('copies by blocks, each pinned to the planned version', async () => {
    const operation = await planned('blocks', 'x'.repeat(2048));
    expect(await copy(operation)).toMatchObject({ outcome: 'copied' });
    const stale = await planned('stale', 'a'.repeat(2048));
    await cloud.blob('left', 'things', 'stale').upload('b'.repeat(2048), 2048);
    expect(await copy(stale)).toMatchObject({ outcome: 'copied' });
    expect((await cloud.blob('right', 'things', 'stale').downloadToBuffer()).toString()).toBe(
      'b'.repeat(2048),
    );
  });
});

describe('the state container under faults', () => {
  const clock = createStepClock();
  const openState = (container: string, attemptTimeoutMs = 30_000): StateStore =>
    openAzureStateStore({
      blobEndpoint: cloud.accounts[0]?.blobEndpoint ?? '',
      container,
      credential: cloud.credential,
      clientRequestId: 'state',
      version: '0',
      clock,
      attemptTimeoutMs,
      onRequest: () => sent.push('state'),
    });

  it('takes a conditional write whose reply was lost for its own', async () => {
    const state = openState('state');
    const first = await state.put('board', '1', { condition: { ifAbsent: true } });
    await cloud.faults([{ container: 'state', method: 'PUT', reset: 'after', times: 1 }]);
    const second = await state.put('board', '2', { condition: { ifMatch: first ?? '' } });
    expect(second).toBe((await state.get('board'))?.etag);
    await cloud.faults([{ container: 'state', method: 'PUT', reset: 'after', times: 1 }]);
    const created = await state.put('fresh', 'x', { condition: { ifAbsent: true }, metadata: { sum: '1' } });
    expect(created).toBe((await state.get('fresh'))?.etag);
  });

  it('does not take somebody else’s write for its own', async () => {
    const state = openState('state');
    const etag = await state.put('other', '1');
    await state.put('other', 'theirs');
    await cloud.faults([{ container: 'state', method: 'PUT', status: 500, times: 1 }]);
    expect(await state.put('other', 'mine', { condition: { ifMatch: etag ?? '' } })).toBeUndefined();
  });

  it('waits out throttling and gives up at last', async () => {
    const state = openState('state');
    await state.put('busy', '1');
    await cloud.faults([{ container: 'state', status: 503, times: 2, headers: { 'retry-after': '4' } }]);
    sent = [];
    expect((await state.get('busy'))?.body.toString()).toBe('1');
    expect(sent).toHaveLength(3);
    expect(clock.slept.filter((delayMs) => delayMs >= 4000)).toHaveLength(2);
    await cloud.faults([{ container: 'state', status: 503 }]);
    expect(await codeOf(state.get('busy'))).toBe('throttled');
  });

  it('tries again when a reply does not come in time', async () => {
    const state = openState('state', 300);
    await state.put('slow', '1');
    await cloud.faults([{ container: 'state', delayMs: 60_000, times: 1 }]);
    sent = [];
    expect((await state.get('slow'))?.body.toString()).toBe('1');
    expect(sent).toHaveLength(2);
  });

  it('is made by the first write, once', async () => {
    const state = openState('late');
    sent = [];
    await state.put('a', '1', { condition: { ifAbsent: true } });
    await state.put('b', '1', { condition: { ifAbsent: true } });
    expect(sent).toHaveLength(4);
  });

  it('reports a missing role instead of an empty store', async () => {
    await cloud.roles([]);
    expect(await codeOf(openState('state').get('board'))).toBe('destination-role-missing');
  });
});
