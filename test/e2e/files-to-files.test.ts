import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { changeUnderWay } from '../support/change-under-way.js';
import { differences, factsOf, makeTree, planTree } from '../support/file-tree.js';
import { FilesRig } from '../support/files-rig.js';
import { numbered } from '../support/local-rig.js';
import { oddFileNames } from '../support/odd-file-names.js';

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start();
});
afterEach(() => files.rig.admin('DELETE', 'faults'));
afterAll(() => files.stop());

const mebibyte = 2 ** 20;

function request(name: string, to = name): { readonly source: string; readonly destination: string } {
  return { source: files.fileUrl('source', `${name}/`), destination: files.fileUrl('target', `${to}/`) };
}

async function pair(name: string) {
  return { from: await files.share('source', name), to: await files.share('target', name) };
}

describe('a tree of files', () => {
  const tree = planTree({ files: 240, directories: 40, largeBytes: 1200 * mebibyte });

  it('is the same in another share: content, metadata, attributes, times, permissions, holes', async () => {
    const { from, to } = await pair('tree');
    await makeTree(from, tree);
    await files.rig.clearJournal();
    const job = await files.rig.run({ ...request('tree'), preserve: { permissions: true } });
    expect(await files.rig.report(job.id, 'failed')).toEqual([]);
    const wanted = await factsOf(from, { smb: true });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: wanted.size, copied: wanted.size } });
    expect(differences(wanted, await factsOf(to, { smb: true }))).toEqual([]);

    const directories = [...wanted.keys()].filter((path) => path.endsWith('/')).length;
    const ranges = tree.files.reduce((sum, { data }) => sum + data.length, 0);
    const written = await files.sent('file', 'target', 'tree');
    expect(written).toEqual({
      ...written,
      CreateFile: tree.files.length,
      CreateDirectory: written['CreateDirectory'],
      CreatePermission: written['CreatePermission'],
      PutRangeFromUrl: ranges,
    });
    // Once each; the one above the large file, which has a slice of its own, perhaps there too.
    expect([directories, directories + 1]).toContain(written['CreateDirectory']);
    // Once for each descriptor: 50 of ours, and the one that a share gives by itself.
    expect(written['CreatePermission']).toBeLessThanOrEqual(51);
    expect(written['SetFileProperties']).toBeLessThanOrEqual(tree.files.length);
    expect(await files.bytesThrough('tree')).toBe(0);

    const again = await files.rig.run({ ...request('tree'), preserve: { permissions: true } });
    expect(again.counts).toMatchObject({ planned: wanted.size, copied: 0, skipped: wanted.size });
  });

  it('keeps every name that the service takes, and is escaped nowhere', async () => {
    const { from, to } = await pair('odd');
    const odd = oddFileNames({ trailingDots: true });
    await forEachConcurrently(odd, 8, (name) => from.put(name, name));
    const job = await files.rig.run({ ...request('odd'), emptyDirectories: false });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: odd.length, copied: odd.length } });
    expect((await files.rig.report(job.id)).map(({ key }) => key).sort()).toEqual([...odd].sort());
    const found = [...(await to.tree())].filter(([, { kind }]) => kind === 'file').map(([path]) => path);
    expect(found.sort()).toEqual([...odd].sort());
    await forEachConcurrently(odd, 8, async (name) => {
      expect((await to.content(name)).toString()).toBe(name);
    });
    const vain = await files.rig.call('POST', 'jobs', { ...request('odd'), escapeNames: true });
    expect(vain).toMatchObject({ status: 400, body: { field: 'escapeNames' } });
  });
});

describe('a directory of several segments', () => {
  it('has each page of its listing asked for twice, once by the plan and once after the copies', async () => {
    const { from, to } = await pair('parts');
    // Empty but for their length: 64 GiB are a segment, two pages.
    const names = [...numbered(10, 'few/'), ...numbered(200, 'many/')];
    for (const directory of ['few', 'many']) await from.directory(directory);
    await forEachConcurrently(names, 8, (name) => from.create(name, 1024 * mebibyte));
    await files.rig.admin('PUT', 'limits', { filesPageEntries: 32 });
    try {
      await files.rig.clearJournal();
      const job = await files.rig.run(request('parts'));
      const planned = names.length + 2; // With the directories.
      expect(job).toMatchObject({ status: 'Completed', counts: { planned, copied: planned } });
    } finally {
      await files.rig.admin('PUT', 'limits', {});
    }
    // The root has no file.
    const [pages, lookBefore] = [1 + Math.ceil(200 / 32), 1];
    expect(await files.sent('file', 'source', 'parts')).toEqual({
      ListFilesAndDirectories: 1 + 2 * pages + lookBefore,
      GetFileProperties: names.length,
      GetDirectoryProperties: 2,
      ListRanges: names.length,
    });
    expect((await to.tree()).size).toBe(names.length + 2);
  });
});

describe('a file that changes while it is copied', () => {
  // The first looks are for the settings, and before the second copy.
  const plan = { copy: { service: 'file', operation: 'PutRangeFromUrl' }, looks: 3, changes: 1 } as const;

  it('is copied again', async () => {
    const { from, to } = await pair('changed-once');
    const { job, copies } = await changeUnderWay(files, from, { ...plan, request: request('changed-once') });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 2, copied: 2 } });
    expect((await to.content('moving')).toString()).toBe('version x');
    expect(copies).toBe(2);
  });

  it('and changes again, is reported as changed', async () => {
    const { from } = await pair('changed-twice');
    const twice = { ...plan, request: request('changed-twice'), changes: 2 };
    const { job } = await changeUnderWay(files, from, twice);
    expect(job).toMatchObject({ status: 'CompletedWithErrors', counts: { copied: 1, failed: 1 } });
    expect(await files.rig.report(job.id, 'failed')).toMatchObject([
      { key: 'moving', reason: 'source-changed' },
    ]);
  });

  it('is copied as it was, when the job reads from a share snapshot, which is gone afterwards', async () => {
    const { from, to } = await pair('frozen');
    const frozen = { ...request('frozen'), consistency: 'snapshot' };
    const { job, copies } = await changeUnderWay(files, from, { ...plan, request: frozen });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 2, copied: 2 } });
    expect((await to.content('moving')).toString()).toBe('version');
    expect(copies).toBe(1);
    await files.until(async () => (await from.snapshots()).length === 0, 'the snapshot is gone');
    expect(await files.sent('file', 'source', 'frozen')).toMatchObject({ SnapshotShare: 1, DeleteShare: 1 });
  });
});

describe('the snapshot of a job', () => {
  it('is gone after a cancel, too', async () => {
    const { from } = await pair('cancelled');
    for (let index = 0; index < 20; index += 1) await from.put(`file ${String(index)}`, 'x');
    const query = { service: 'file', container: 'cancelled', operation: 'PutRangeFromUrl' };
    await files.rig.admin('POST', 'faults', { ...query, delayMs: 500 });
    await files.rig.clearJournal();
    const id = await files.rig.startJob({ ...request('cancelled'), consistency: 'snapshot', maxInFlight: 1 });
    await files.untilSent(query);
    expect(await from.snapshots()).toHaveLength(1);
    await files.rig.call('POST', `jobs/${id}/cancel`);
    expect((await files.rig.settled(id)).status).toBe('Cancelled');
    await files.until(async () => (await from.snapshots()).length === 0, 'the snapshot is gone');
  });

  it('is not taken for a dry run, nor asked of a container of blobs', async () => {
    const { from } = await pair('dry');
    await from.put('file', 'x');
    const job = await files.rig.run({ ...request('dry'), dryRun: true, consistency: 'snapshot' });
    expect(job.status).toBe('Completed');
    await files.rig.clearJournal();
    expect(await files.sent('file', 'source', 'dry')).toEqual({});
    const refused = await files.rig.call('POST', 'jobs', {
      source: files.rig.url('source', 'dry/'),
      destination: files.fileUrl('target', 'dry/'),
      consistency: 'snapshot',
    });
    expect(refused).toMatchObject({ status: 400, body: { field: 'consistency' } });
  });

  it('that may not be taken ends the job before anything is written', async () => {
    const { from, to } = await pair('forbidden');
    await from.put('file', 'x');
    const asked = { ...request('forbidden'), consistency: 'snapshot' };
    const proven = await files.rig.call('POST', 'preflight', asked);
    expect(findingOf(proven.body)).toMatchObject({ ok: true, side: 'source' });
    const { roles } = (await files.rig.admin('GET', 'roles')) as { roles: readonly { actions: string[] }[] };
    const fewer = roles.map((role) => ({
      ...role,
      actions: role.actions.filter((name) => name !== 'shares'),
    }));
    await files.rig.admin('PUT', 'roles', fewer);
    try {
      await files.rig.clearJournal();
      const id = await files.rig.startJob(asked);
      // Snapshots are looked for before one is taken: the one right is asked for by both.
      await files.untilDone({ service: 'file', account: 'source', operation: 'ListShares', status: '403' });
      await files.rig.call('POST', `jobs/${id}/cancel`);
      expect(await files.sent('file', 'source', 'forbidden')).not.toHaveProperty('SnapshotShare');
    } finally {
      await files.rig.admin('PUT', 'roles', roles);
    }
    expect([...(await to.tree()).keys()]).toEqual([]);
    expect(await from.snapshots()).toEqual([]);
  });
});

function findingOf(body: Record<string, unknown>) {
  const findings = body['findings'] as readonly { check: string; text: string }[];
  return findings.find(({ check }) => check === 'snapshot');
}
