import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appIdentity, appRoles } from '../../src/localhost/app-environment.js';
import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { FilesRig } from '../support/files-rig.js';
import { numbered } from '../support/local-rig.js';

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start();
});
afterAll(() => files.stop());

const mebibyte = 2 ** 20;
/** In blocks to a container, and in few ranges to a share, as it is sparse. */
const sparseBytes = 257 * mebibyte;
/** One request to a container, three ranges to a share. */
const fullBytes = 9 * mebibyte;
const small = numbered(60, 'small/');
/** A service that takes no token for the source of a copy. */
const refusesTokens = {
  account: 'target',
  hasSourceAuthorization: true,
  status: 400,
  code: 'UnsupportedHeader',
};

type Service = 'blob' | 'files';

/** Small objects, and one that takes many requests. */
async function fill(service: Service, name: string): Promise<string> {
  if (service === 'blob') {
    const from = await files.rig.container('source', name);
    await files.rig.fill(from, small);
    await from.blob('large').uploadData(Buffer.alloc(fullBytes, name));
    return files.rig.url('source', `${name}/`);
  }
  const from = await files.share('source', name);
  await from.directory('small');
  await forEachConcurrently(small, 8, (path) => from.put(path, path));
  await from.create('large', sparseBytes);
  await from.write('large', sparseBytes - 5, Buffer.from('large'));
  await from.write('large', 0, Buffer.from('large'));
  return files.fileUrl('source', `${name}/`);
}

async function destinationOf(service: Service, name: string): Promise<string> {
  if (service === 'blob') await files.rig.container('target', name);
  else await files.share('target', name);
  return service === 'blob' ? files.rig.url('target', `${name}/`) : files.fileUrl('target', `${name}/`);
}

async function contentOf(service: Service, name: string, key: string): Promise<string> {
  if (service === 'files') return (await (await files.share('target', name)).content(key, 0, 5)).toString();
  return (await (await files.rig.container('target', name)).blob(key).downloadToBuffer(0, 5)).toString();
}

/** How often a copy was asked for and granted, or refused for its token; and how often a key was. */
async function asked() {
  // A request that is refused before anybody looks who sends it has no caller.
  const journal = await files.rig.admin('GET', 'journal?internal=false&limit=50000');
  const entries = journal['entries'] as readonly JournalEntry[];
  const copies = entries.filter(({ operation }) => operation.endsWith('FromUrl'));
  return {
    copied: copies.filter(({ status }) => status === 201).length,
    refused: copies.filter(({ status }) => status === 400).length,
    others: copies.filter(({ status }) => status !== 201 && status !== 400).length,
    keys: entries.filter(({ operation }) => operation === 'GetUserDelegationKey').length,
  };
}

async function restart(): Promise<void> {
  await files.rig.local.killHost('SIGKILL');
  await files.rig.local.startHost();
}

describe.each([
  ['blob', 'blob', 1, 1],
  // Put Blob and Put Block From URL.
  ['files', 'blob', 1, 2],
  ['blob', 'files', 0, 1],
  ['files', 'files', 0, 1],
] as const)('a job from %s to %s whose tokens are refused', (from, to, keys, kinds) => {
  const name = `${from}-${to}`;

  it('copies small and large objects by SAS, and later ones by one request each', async () => {
    const request = { source: await fill(from, name), destination: await destinationOf(to, name) };
    await files.rig.admin('POST', 'faults', [refusesTokens]);
    await files.rig.clearJournal();
    const job = await files.rig.run(request);
    expect(await files.rig.report(job.id, 'failed')).toEqual([]);
    // A share has the directory of the small ones, too.
    const planned = small.length + (from === 'files' && to === 'files' ? 2 : 1);
    expect(job).toMatchObject({ status: 'Completed', counts: { planned, copied: planned } });
    const first = await asked();
    // One copy of each kind goes ahead and finds it out.
    expect(first).toMatchObject({ refused: kinds, others: 0, keys });
    for (const key of ['large', small[0] ?? '']) {
      expect(await contentOf(to, name, key)).toBe(
        key !== 'large' ? 'small' : from === 'files' ? 'large' : name.repeat(5).slice(0, 5),
      );
    }
    expect(await files.bytesThrough(name)).toBe(0);

    await files.rig.clearJournal();
    const again = await files.rig.run({
      source: `${request.source}small/`,
      destination: `${request.destination}small/`,
      overwrite: 'always',
    });
    expect(again.counts).toMatchObject({ copied: small.length });
    expect(await asked()).toEqual({ copied: small.length, refused: 0, others: 0, keys: 0 });
    await files.rig.admin('DELETE', 'faults');
  });
});

it('the log tells once for each kind of copy that its source is opened by SAS, and no signature', async () => {
  const log = await readFile(join(files.rig.local.localJson.stateDirectory, 'logs', 'host.log'), 'utf8');
  const told = log.split('\n').filter((line) => line.includes('copy-source-by-sas'));
  // Blobs by Put Blob and Put Range From URL, files by these and Put Block From URL.
  expect(told).toHaveLength(5);
  expect(log).not.toMatch(/skoid|sig=/);
});

it('a host that dies while it learns, and keys that end under copies, cost no object', async () => {
  await restart();
  const name = 'files-blob';
  const bySas = { account: 'target', hasCopySource: true, hasSourceAuthorization: false };
  await files.rig.admin('POST', 'faults', [
    refusesTokens,
    { account: 'source', operation: 'GetUserDelegationKey', keyLifeMs: 2_000 },
    // The first copy by SAS, which would prove it, under the host that dies; then, after one that passes, some of the next host's.
    { ...bySas, times: 1, delayMs: 2_500 },
    { ...bySas, skip: 1, times: 8, delayMs: 2_500 },
  ]);
  await files.rig.clearJournal();
  const job = await files.rig.startJob({
    source: files.fileUrl('source', `${name}/small/`),
    destination: await destinationOf('blob', 'dying'),
  });
  // The token that is refused, and the SAS that is held up: of neither has anybody looked yet who sends it.
  await files.untilSent({ account: 'target', operation: 'PutBlobFromUrl', caller: 'invalid' }, 2);
  await restart();
  const { status, counts } = await files.rig.settled(job);
  expect(await files.rig.report(job, 'failed')).toEqual([]);
  expect({ status, counts }).toMatchObject({ status: 'Completed', counts: { copied: small.length } });
  const requests = await asked();
  // Each of the two processes was refused one token.
  expect(requests).toMatchObject({ copied: small.length, refused: 2 });
  expect(requests.others).toBeGreaterThanOrEqual(8);
  expect(requests.keys).toBeGreaterThanOrEqual(3);
  await files.rig.admin('DELETE', 'faults');
});

describe('without the right to delegate', () => {
  it.each([
    ['blob', 'Storage Blob Delegator', { container: 'blob-blob', actions: ['read', 'tags'] }],
    ['files', 'Storage File Delegator', { actions: ['read', 'shares'] }],
  ] as const)(
    'a job from %s fails with what to do, and preflight names the role',
    async (service, role, rights) => {
      const name = `${service}-blob`;
      await restart();
      const identity = appIdentity.objectId;
      await files.rig.admin('PUT', 'roles', [
        ...appRoles.filter(({ account }) => account !== 'source'),
        { identity, account: 'source', ...rights },
      ]);
      const source =
        service === 'blob' ? files.rig.url('source', `${name}/`) : files.fileUrl('source', `${name}/`);
      // A refusal in passing, the very first answer, costs no object: the token is tried again.
      const passing = { account: 'source', side: 'source', status: 401, code: 'InvalidAuthenticationInfo' };
      await files.rig.admin('POST', 'faults', [{ ...passing, times: 1 }]);
      const well = await files.rig.run({
        source: `${source}small/`,
        destination: await destinationOf('blob', `${name}-passing`),
      });
      expect(well).toMatchObject({ status: 'Completed', counts: { copied: small.length } });
      await files.rig.admin('POST', 'faults', [refusesTokens]);
      const request = { source, destination: await destinationOf('blob', `${name}-refused`) };
      const { body } = await files.rig.call('POST', 'preflight', request);
      const findings = body['findings'] as readonly Record<string, unknown>[];
      expect(findings.filter(({ ok }) => ok === false)).toMatchObject([
        { check: 'delegate', required: false, code: 'role-missing' },
        { check: 'copy', required: true, code: 'role-missing', side: 'source' },
      ]);
      for (const { text, command } of findings.filter(({ ok }) => ok === false)) {
        expect(text).toContain(role);
        expect(command).toContain(`--role "${role}" --scope "$(az storage account show`);
      }
      await files.rig.clearJournal();
      const job = await files.rig.run(request);
      expect(job).toMatchObject({ status: 'Failed', counts: { copied: 0 } });
      const [line] = await files.rig.report(job.id, 'failed');
      expect(line).toMatchObject({ reason: 'source-delegation-refused' });
      expect(line?.advice).toContain(role);
      // The refusal is believed for a minute, not asked for again with each object.
      expect((await asked()).keys).toBeLessThanOrEqual(1);
      await files.rig.admin('PUT', 'roles', appRoles);
      await files.rig.admin('DELETE', 'faults');
    },
  );
});
