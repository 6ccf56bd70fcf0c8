import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { FilesRig } from '../support/files-rig.js';
import { azcopySummary, ForeignClients } from '../support/foreign-clients.js';
import { numbered } from '../support/local-rig.js';
import { oddFileNames } from '../support/odd-file-names.js';

let files: FilesRig;
let foreign: ForeignClients;
let folder: string;
beforeAll(async () => {
  files = await FilesRig.start();
  foreign = await ForeignClients.open(files.rig.local.localJson);
  folder = await mkdtemp(join(tmpdir(), 'tranship-witness-'));
});
afterAll(async () => {
  await foreign.close();
  await files.stop();
  await rm(folder, { recursive: true, force: true });
});

// AzCopy reads `%` in names of local files its own way.
const names = [
  ...oddFileNames({ trailingDots: false }).filter((name) => !name.includes('%')),
  ...numbered(40, 'many/'),
];

/** What AzCopy brings down from a place: content by path. */
async function brought(fromTo: string, url: string, name: string): Promise<ReadonlyMap<string, string>> {
  const target = join(folder, name);
  const ended = await foreign.azcopy(
    'copy',
    url,
    target,
    `--from-to=${fromTo}`,
    '--recursive',
    '--as-subdir=false',
  );
  expect(azcopySummary(ended)).toMatchObject({
    JobStatus: 'Completed',
    TransfersFailed: '0',
  });
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  const found = new Map<string, string>();
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(target.length + 1), await readFile(path, 'utf8'));
  }
  return found;
}

async function completed(source: string, destination: string): Promise<void> {
  const job = await files.rig.run({ source, destination });
  expect(await files.rig.report(job.id, 'failed')).toEqual([]);
  expect(job).toMatchObject({ status: 'Completed', counts: { copied: names.length } });
}

const wanted = new Map(names.map((name) => [name, `content of ${name}`]));

describe('AzCopy finds at the destination what the source has', () => {
  it('after a job from a share to blobs', async () => {
    const from = await files.share('source', 'witness-fb');
    await files.rig.container('target', 'witness-fb');
    await forEachConcurrently(names, 8, (name) => from.put(name, `content of ${name}`));
    await completed(files.fileUrl('source', 'witness-fb/'), files.rig.url('target', 'witness-fb/'));
    const found = await brought('BlobLocal', foreign.url('target', 'witness-fb'), 'fb');
    expect(new Map([...found].sort())).toEqual(new Map([...wanted].sort()));
  });

  it('after a job from blobs to a share', async () => {
    const from = await files.rig.container('source', 'witness-bf');
    const to = await files.share('target', 'witness-bf');
    await files.rig.fill(from, names, (name) => `content of ${name}`);
    await completed(files.rig.url('source', 'witness-bf/'), files.fileUrl('target', 'witness-bf/'));
    const found = await brought('FileLocal', to.url(), 'bf');
    expect(new Map([...found].sort())).toEqual(new Map([...wanted].sort()));
  });

  it('after a job from a share to a share', async () => {
    const from = await files.share('source', 'witness-ff');
    const to = await files.share('target', 'witness-ff');
    await forEachConcurrently(names, 8, (name) => from.put(name, `content of ${name}`));
    const places = [files.fileUrl('source', 'witness-ff/'), files.fileUrl('target', 'witness-ff/')] as const;
    const job = await files.rig.run({ source: places[0], destination: places[1], emptyDirectories: false });
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: names.length } });
    const found = await brought('FileLocal', to.url(), 'ff');
    expect(new Map([...found].sort())).toEqual(new Map([...wanted].sort()));
  });
});
