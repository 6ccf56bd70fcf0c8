import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { killOften } from '../support/chaos-kills.js';
import { brokenCounts, deleteTaskHub, supervise } from '../support/chaos-local.js';
import { differences, factsOf, type EntryFacts } from '../support/file-tree.js';
import { FilesRig } from '../support/files-rig.js';
import { numbered } from '../support/local-rig.js';
import type { RawShare } from '../support/raw-share.js';
import { createSeededRandom } from '../support/seeded-random.js';
import { killAroundSnapshot } from '../support/snapshot-kills.js';

const kills = Number(process.env['TRANSHIP_CHAOS_KILLS'] ?? '2');
const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');
const random = createSeededRandom(seed);
const mebibyte = 2 ** 20;

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start({
    TRANSHIP_SLICE_MS: '500',
    TRANSHIP_SLICE_ABORT_MS: '10000',
    TRANSHIP_DEAD_AFTER_MS: '2000',
  });
});
afterEach(() => files.rig.admin('DELETE', 'faults'));
afterAll(() => files.stop());

const small = [...numbered(40, 'a/'), ...numbered(40, 'b/deeper/'), ...numbered(40)];
/** Above 64 MiB a file is gone on with where a try before it has ended. */
const medium = [['c/medium 1', 68 * mebibyte] as const, ['c/medium 2', 72 * mebibyte] as const];

/** Files of the same content by the same names; holes of the larger ones are filled here and there. */
async function fillShare(share: RawShare): Promise<void> {
  await forEachConcurrently(small, 8, (name) => share.put(name, `content of ${name}`));
  await share.directory('c');
  for (const [name, sizeBytes] of medium) {
    await share.create(name, sizeBytes);
    for (let at = 0; at < sizeBytes; at += 4 * mebibyte)
      await share.write(name, at + 1000, Buffer.from(name));
  }
}

const slow = { container: 'kills', delayMs: 20 };
const planned = small.length + medium.length;

/**
 * Runs a job that is killed again and again; its destination must be whole. A job from a `frozen` share needs one snapshot
 * until it has ended: there is never another, dead or alive, and none is left.
 */
async function killed(request: Record<string, unknown>, place: string, steps: number, frozen?: RawShare) {
  const seen: number[] = [];
  const look = async (): Promise<void> => {
    if (frozen !== undefined) seen.push((await frozen.snapshots()).length);
  };
  const id = await files.rig.startJob({ ...request, maxInFlight: 8 });
  const deaths = await killOften(files.rig, random, {
    kills,
    container: place,
    steps,
    whileDown: look,
    whenUp: look,
  });
  const job = await files.rig.settled(id, 240_000);
  expect(deaths).toHaveLength(kills);
  expect(seen.filter((snapshots) => snapshots > 1)).toEqual([]);
  if (frozen !== undefined) await gone(frozen);
  expect(await files.rig.report(job.id, 'failed')).toEqual([]);
  expect(await files.rig.report(job.id, 'conflict')).toEqual([]);
  expect(job).toMatchObject({ status: 'Completed', counts: { planned, copied: planned } });
  expect(await brokenCounts(files.rig, job)).toEqual([]);
}

/** The job is over before its snapshot is gone: whoever closes it deletes, or the timer does. */
function gone(share: RawShare): Promise<void> {
  return files.until(async () => (await share.snapshots()).length === 0, 'the snapshot is gone');
}

function contentOf(facts: ReadonlyMap<string, EntryFacts>): Map<string, EntryFacts> {
  const same = { metadata: {}, contentType: '' };
  return new Map([...facts].map(([path, { sizeBytes, digest }]) => [path, { sizeBytes, digest, ...same }]));
}

describe(`seed ${String(seed)}, ${String(kills)} kills for each direction: the job completes by itself`, () => {
  it('from share to share, out of a snapshot that is gone', async () => {
    const from = await files.share('source', 'kills-ff');
    const to = await files.share('target', 'kills-ff');
    await fillShare(from);
    await files.rig.admin('POST', 'faults', { ...slow, container: 'kills-ff', operation: 'PutRangeFromUrl' });
    await killed(
      {
        source: files.fileUrl('source', 'kills-ff/'),
        destination: files.fileUrl('target', 'kills-ff/'),
        consistency: 'snapshot',
        emptyDirectories: false,
      },
      'kills-ff',
      2 * small.length + 36,
      from,
    );
    const wanted = contentOf(await factsOf(from, { smb: false }));
    expect(differences(wanted, contentOf(await factsOf(to, { smb: false })))).toEqual([]);
  }, 400_000);

  it('from share to blobs, out of a snapshot that is gone', async () => {
    const from = await files.share('source', 'kills-fb');
    const to = await files.rig.container('target', 'kills-fb');
    await fillShare(from);
    await files.rig.admin('POST', 'faults', { ...slow, container: 'kills-fb', operation: 'PutBlobFromUrl' });
    await killed(
      {
        source: files.fileUrl('source', 'kills-fb/'),
        destination: files.rig.url('target', 'kills-fb/'),
        consistency: 'snapshot',
      },
      'kills-fb',
      planned,
      from,
    );
    expect([...(await files.rig.list(to)).keys()]).toEqual(
      [...small, ...medium.map(([name]) => name)].sort(),
    );
    await forEachConcurrently(small, 8, async (name) => {
      expect((await to.blob(name).downloadToBuffer()).toString()).toBe(`content of ${name}`);
    });
  }, 400_000);

  it('from blobs to a share', async () => {
    const from = await files.rig.container('source', 'kills-bf');
    const to = await files.share('target', 'kills-bf');
    await files.rig.fill(from, small, (name) => `content of ${name}`);
    const bytes = new Map(
      medium.map(([name, sizeBytes]) => [name, Buffer.alloc(sizeBytes, `${name} `.padEnd(509))]),
    );
    for (const [name, content] of bytes) await from.blob(name).uploadData(content);
    await files.rig.admin('POST', 'faults', { ...slow, container: 'kills-bf', operation: 'PutRangeFromUrl' });
    await killed(
      { source: files.rig.url('source', 'kills-bf/'), destination: files.fileUrl('target', 'kills-bf/') },
      'kills-bf',
      2 * small.length + 36,
    );
    await forEachConcurrently(small, 8, async (name) => {
      expect((await to.content(name)).toString()).toBe(`content of ${name}`);
    });
    for (const [name, content] of bytes) expect((await to.content(name)).equals(content), name).toBe(true);
  }, 400_000);
});

describe('a job from a share snapshot, killed at each moment of the life of its snapshot', () => {
  const names = numbered(6, 'a/');

  it.each([
    ['share', (place: string) => files.fileUrl('target', place)],
    ['container', (place: string) => files.rig.url('target', place)],
  ])('has one at most, and leaves none: to a %s', async (kind, urlOf) => {
    const place = `snapkills-${kind}`;
    const from = await files.share('source', place);
    await (kind === 'share' ? files.share('target', place) : files.rig.container('target', place));
    await forEachConcurrently(names, 4, (name) => from.put(name, name));
    let id = '';
    const broken = await killAroundSnapshot(files, from, async () => {
      const source = files.fileUrl('source', `${place}/`);
      id = await files.rig.startJob({ source, destination: urlOf(`${place}/`), consistency: 'snapshot' });
    });
    const job = await files.rig.settled(id, 120_000);
    expect(broken).toEqual([]);
    expect(job).toMatchObject({ status: 'Completed', counts: { failed: 0, conflicts: 0 } });
    expect(await brokenCounts(files.rig, job)).toEqual([]);
    await gone(from);
  });

  it('leaves none when the task hub is lost under it, nor when it is cancelled with the host down', async () => {
    const from = await files.share('source', 'snapkills-ends');
    await files.rig.container('target', 'snapkills-ends');
    await forEachConcurrently(names, 4, (name) => from.put(name, name));
    await files.rig.admin('POST', 'faults', {
      container: 'snapkills-ends',
      operation: 'PutBlobFromUrl',
      delayMs: 400,
    });
    const id = await files.rig.startJob({
      source: files.fileUrl('source', 'snapkills-ends/'),
      destination: files.rig.url('target', 'snapkills-ends/'),
      consistency: 'snapshot',
      maxInFlight: 1,
    });
    await files.untilSent({ operation: 'PutBlobFromUrl', container: 'snapkills-ends' });
    await files.rig.local.killHost('SIGKILL');
    expect(await from.snapshots()).toHaveLength(1);
    await deleteTaskHub(files.rig);
    await files.rig.local.startHost();
    await files.rig.call('POST', `jobs/${id}/cancel`);
    await supervise(files.rig, async () => (await from.snapshots()).length === 0);
    expect(await files.rig.settled(id)).toMatchObject({ status: 'Cancelled' });
  });
});
