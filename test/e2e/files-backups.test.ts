import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRig, type Point } from '../support/backup-rig.js';
import {
  differences,
  factsOf,
  makeTree,
  planTree,
  type EntryFacts,
  type PlannedTree,
} from '../support/file-tree.js';
import { FilesRig } from '../support/files-rig.js';
import type { RawShare } from '../support/raw-share.js';

let files: FilesRig;
let backups: BackupRig;
beforeAll(async () => {
  files = await FilesRig.start();
  backups = new BackupRig(files.rig);
  await files.rig.container('target', 'backups');
});
afterAll(() => files.stop());

/** Without the one large file of a tree. */
function smallTree(count: number): PlannedTree {
  const tree = planTree({ files: count, directories: 4, largeBytes: 2 ** 31 });
  return { ...tree, files: tree.files.slice(0, -1) };
}

type Facts = ReadonlyMap<string, EntryFacts>;

/** What a container can hold of a share: files with content, properties and metadata, and that there are directories. */
async function heldByBlobs(share: RawShare): Promise<Facts> {
  const all = await factsOf(share, { smb: true });
  return new Map(
    [...all].map(([path, { sizeBytes, metadata, contentType, digest }]) => [
      path,
      { sizeBytes, metadata, contentType, digest },
    ]),
  );
}

/** Changes content, metadata and names; a file of the same length, too, and directories. */
async function change(share: RawShare, round: number): Promise<void> {
  const paths = [...(await share.tree())].flatMap(([path, { kind, attributes, sizeBytes }]) =>
    kind === 'file' && !attributes.includes('ReadOnly') && sizeBytes < 10_000 ? [path] : [],
  );
  for (const [index, path] of paths.entries()) {
    if (index % 9 === round)
      await share.put(path, `round ${String(round)} ${path}`, { 'x-ms-meta-Round': 'x' });
    if (index % 13 === round + 3) await share.remove(path);
  }
  const [same = ''] = paths.filter((_, index) => index % 9 === 8);
  const { body } = await share.get(same);
  await share.put(same, body.toString().split('').reverse().join(''));
  await share.put(`new ${String(round)}/below/file`, 'new');
  await share.directory(`empty ${String(round)}`);
}

interface Moment {
  readonly point: Point;
  readonly facts: Facts;
}

/** Backups of a share that changes in between. */
async function liveThrough(policy: string, share: RawShare, rounds: number): Promise<readonly Moment[]> {
  const history: Moment[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round > 0) await change(share, round);
    const facts = await heldByBlobs(share);
    history.push({ point: await backups.backUp(policy), facts });
  }
  return history;
}

async function expectRestored(policy: string, { point, facts }: Moment, place: string): Promise<void> {
  const share = await files.share('target', place);
  const destination = files.fileUrl('target', `${place}/`);
  const job = await backups.restore(policy, { point: point.id, destination });
  const others = (await files.rig.report(job.id)).filter(({ outcome }) => outcome !== 'copied');
  expect(others).toEqual([]);
  expect(job).toMatchObject({ status: 'Completed', counts: { planned: facts.size, copied: facts.size } });
  expect(differences(facts, await heldByBlobs(share))).toEqual([]);
  await expectVerified(policy, facts.size, { point: point.id, destination });
}

/** A dry run of the same restore that compares finds everything in place. */
async function expectVerified(policy: string, entries: number, restore: object): Promise<void> {
  const again = await backups.restore(policy, { ...restore, overwrite: 'ifDifferent', dryRun: true });
  const wrong = (await files.rig.report(again.id)).filter(({ reason }) => reason !== 'same');
  expect([wrong, again.counts.planned, again.counts.skipped]).toEqual([[], entries, entries]);
}

/** A policy of snapshots of a share in a container, and what came of it while the share changed. */
async function liveInContainer(mode: 'full' | 'incremental', rounds: number) {
  const share = await files.share('target', `live-${mode}`);
  await makeTree(share, smallTree(16));
  const places = {
    source: files.fileUrl('target', `live-${mode}/`),
    destination: files.rig.url('target', 'backups/'),
  };
  await backups.save(mode, { ...places, consistency: 'snapshot' }, { mode, fullEvery: 5 });
  const history = await liveThrough(mode, share, rounds);
  expect(history.map(({ point }) => [point.status, point.objects])).toEqual(
    history.map(({ facts }) => ['good', facts.size]),
  );
  await files.until(async () => (await share.snapshots()).length === 0, 'the snapshots are gone');
  return { share, history, copied: history.map(({ point }) => point.copied?.objects ?? 0) };
}

describe('backups of a share in a container', () => {
  it('give back a moment that the share has left behind, when each holds everything', async () => {
    const { history, copied } = await liveInContainer('full', 2);
    expect(copied).toEqual(history.map(({ facts }) => facts.size));
    const [first] = history;
    if (first !== undefined) await expectRestored('full', first, 'back-full');
  });

  it('give back what lies in several of them, to a share, to a container, and a part to where it was', async () => {
    const { share, history, copied } = await liveInContainer('incremental', 3);
    const [, second, newest] = history;
    if (second === undefined || newest === undefined) throw new Error('there are too few backups');
    // Two files of a round, one of the same length, a new file and four directories at most.
    expect(copied.slice(1).map((count) => count < 9)).toEqual([true, true]);
    await expectRestored('incremental', newest, 'back-incremental');

    // A container holds the same, directories as objects.
    const place = await files.rig.container('target', 'blobs');
    const destination = files.rig.url('target', 'blobs/');
    const job = await backups.restore('incremental', { point: second.point.id, destination });
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: second.facts.size } });
    const sizes = [...second.facts].map(([path, { sizeBytes }]) => [path, sizeBytes]);
    const held = [...(await files.rig.list(place))].map(([name, { properties }]) => [
      name,
      properties.contentLength,
    ]);
    expect(held.sort()).toEqual(sizes.sort());

    const lost = [...newest.facts.keys()].filter((path) => path.startsWith('new 2/') && !path.endsWith('/'));
    expect(lost).not.toEqual([]);
    for (const path of lost) await share.remove(path);
    const part = await backups.restore('incremental', { include: { path: ['new 2'] } });
    expect(part.status).toBe('Completed');
    expect(differences(newest.facts, await heldByBlobs(share))).toEqual([]);
  });
});

describe('full backups of a share in a share', () => {
  it('give back all that a share keeps', async () => {
    const share = await files.share('source', 'kept');
    await files.share('target', 'shelves');
    await makeTree(share, smallTree(16));
    const wanted = await factsOf(share, { smb: true });
    await backups.save(
      'kept',
      {
        source: files.fileUrl('source', 'kept/'),
        destination: files.fileUrl('target', 'shelves/'),
        preserve: { permissions: true },
        consistency: 'snapshot',
      },
      {},
    );
    expect((await backups.backUp('kept')).status).toBe('good');
    const back = await files.share('target', 'kept-back');
    const request = {
      destination: files.fileUrl('target', 'kept-back/'),
      preserve: { permissions: true },
    };
    const job = await backups.restore('kept', request);
    expect(job.status).toBe('Completed');
    expect(differences(wanted, await factsOf(back, { smb: true }))).toEqual([]);
    await expectVerified('kept', wanted.size, request);
  });
});

describe('what the services cannot do together', () => {
  it('is refused when the policy is saved, or the restore asked for', async () => {
    const save = (job: object) =>
      files.rig.call('PUT', 'policies/refused', {
        kind: 'schedule',
        schedule: { cron: '0 0 1 1 *' },
        job,
        backup: { mode: 'incremental' },
      });
    const inShare = await save({
      source: files.fileUrl('target', 'live-full/'),
      destination: files.fileUrl('target', 'shelves/'),
    });
    expect([inShare.status, inShare.body]).toMatchObject([400, { field: 'job.destination' }]);
    const ofBlobs = await save({
      source: files.rig.url('target', 'blobs/'),
      destination: files.rig.url('target', 'backups/'),
      consistency: 'snapshot',
    });
    expect([ofBlobs.status, ofBlobs.body]).toMatchObject([400, { field: 'job.consistency' }]);
    await backups.save(
      'blobs',
      { source: files.rig.url('target', 'blobs/'), destination: files.rig.url('target', 'backups/') },
      { mode: 'incremental' },
    );
    await backups.backUp('blobs');
    const toShare = await files.rig.call('POST', 'policies/blobs/restore', {
      destination: files.fileUrl('target', 'shelves/'),
    });
    expect([toShare.status, toShare.body]).toMatchObject([400, { field: 'destination' }]);
  });
});
