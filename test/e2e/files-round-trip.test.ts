import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences, factsOf, makeTree, planTree, type EntryFacts } from '../support/file-tree.js';
import { FilesRig } from '../support/files-rig.js';
import type { RawShare } from '../support/raw-share.js';

/** `TRANSHIP_FILES_TREE=3000`: all of it, in minutes. */
const count = Number(process.env['TRANSHIP_FILES_TREE'] ?? '300');
const isWhole = count >= 3000;
const mebibyte = 2 ** 20;

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start();
});
afterAll(() => files.stop());

/** What every service keeps. Blobs have no holes: what was one reads as zeros, which the digest does not tell apart. */
function withoutSmb(facts: ReadonlyMap<string, EntryFacts>): Map<string, EntryFacts> {
  return new Map(
    [...facts]
      .filter(([path]) => !path.endsWith('/'))
      .map(([path, { sizeBytes, metadata, contentType, digest }]) => [
        path,
        { sizeBytes, metadata, contentType, digest },
      ]),
  );
}

async function copy(request: Record<string, unknown>): Promise<readonly string[]> {
  // The whole tree has 3 GiB that this machine's disk reads and writes twice.
  const job = await files.rig.settled(await files.rig.startJob(request), isWhole ? 280_000 : 120_000);
  expect(await files.rig.report(job.id, 'failed')).toEqual([]);
  expect(await files.rig.report(job.id, 'conflict')).toEqual([]);
  expect(job.status).toBe('Completed');
  return job.warnings;
}

function timed<T>(name: string, work: Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  return work.finally(() => {
    if (isWhole) console.info(`${name}: ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
  });
}

it('a tree goes from share to share, to blobs and back, and is the same in all that each service can hold', async () => {
  const source = await files.share('source', 'round');
  const first = await files.share('target', 'round');
  await files.rig.container('target', 'round');
  const last = await files.share('target', 'back');
  const tree = planTree({
    files: count,
    directories: isWhole ? 200 : 40,
    largeBytes: 3 * 1024 * mebibyte,
  });
  await timed('made', makeTree(source, tree));
  const wanted = await timed('read', factsOf(source, { smb: true }));
  expect(wanted.size).toBeGreaterThan(count);

  const [fromSource, fromFirst] = [files.fileUrl('source', 'round/'), files.fileUrl('target', 'round/')];
  const toShare = { source: fromSource, destination: fromFirst, preserve: { permissions: true } };
  expect(await timed('share to share', copy(toShare))).toEqual([]);
  expect(differences(wanted, await factsOf(first, { smb: true }))).toEqual([]);

  // Without the whole tree, the largest file stays behind: its zeros are 3 GiB for a service that knows no holes.
  const small = isWhole ? {} : { maxSizeBytes: 64 * mebibyte };
  const blobs = files.rig.url('target', 'round/');
  const lostInBlobs = await timed(
    'share to blobs',
    copy({ source: fromFirst, destination: blobs, ...small }),
  );
  expect(lostInBlobs).toEqual([expect.stringContaining('no SMB attributes')]);
  const back = files.fileUrl('target', 'back/');
  const lostInShare = await timed('blobs to share', copy({ source: blobs, destination: back, ...small }));
  expect(lostInShare).toEqual([expect.stringContaining('no index tags')]);
  const kept = new Map(
    [...withoutSmb(wanted)].filter(([, { sizeBytes }]) => isWhole || sizeBytes <= 64 * mebibyte),
  );
  expect(kept.size).toBe(isWhole ? count + 1 : count);
  expect(differences(kept, withoutSmb(await wholeOf(last)))).toEqual([]);
}, 1_200_000);

async function wholeOf(share: RawShare): Promise<Map<string, EntryFacts>> {
  return timed('read', factsOf(share, { smb: false }));
}
