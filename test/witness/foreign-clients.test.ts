import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import { oddNames } from '../../src/localhost/demo/odd-names.js';
import { azcopyMessages, azcopySummary, ForeignClients } from '../support/foreign-clients.js';
import { LocalRig, numbered, tally } from '../support/local-rig.js';

let rig: LocalRig;
let foreign: ForeignClients;
let folder: string;
beforeAll(async () => {
  rig = await LocalRig.start();
  foreign = await ForeignClients.open(rig.local.localJson);
  folder = await mkdtemp(join(tmpdir(), 'tranship-witness-'));
  await mkdir(join(folder, 'files', 'sub'), { recursive: true });
  for (const name of fileNames) await writeFile(join(folder, 'files', name), `content of ${name}`);
  await writeFile(join(folder, 'files', 'big.bin'), Buffer.alloc(bigBytes, 7));
});
afterAll(async () => {
  await foreign.close();
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

const fileNames = ['one.txt', 'two words.txt', 'sub/three.txt', 'sub/vier+fünf.txt'];
/** Above the 8 MiB up to which AzCopy sends one request. */
const bigBytes = 9 * 2 ** 20;
const allNames = [...fileNames, 'big.bin'].sort();

/** Requests of foreign clients: they come with a SAS, as nobody else here. */
async function requestsBySas(): Promise<readonly JournalEntry[]> {
  const { entries } = await rig.admin('GET', 'journal?service=blob&caller=SAS&internal=false&limit=50000');
  return entries as readonly JournalEntry[];
}

describe('AzCopy with an account SAS', () => {
  it('uploads to the local cloud, and lists there what it uploaded', async () => {
    await rig.container('source', 'by-azcopy');
    const ended = await foreign.azcopy(
      ...['copy', join(folder, 'files', '*'), foreign.url('source', 'by-azcopy')],
      ...['--from-to=LocalBlob', '--recursive'],
    );
    expect(azcopySummary(ended)).toMatchObject({ JobStatus: 'Completed', TransfersCompleted: '5' });
    const list = await foreign.azcopy('list', foreign.url('source', 'by-azcopy'), '--location=Blob');
    const paths = azcopyMessages(list, 'ListObject').map(
      (text) => (JSON.parse(text) as { readonly Path: string }).Path,
    );
    expect(paths.sort()).toEqual(allNames);
  });

  it('copies between accounts of the local cloud, server side, and finds both equal', async () => {
    await rig.clearJournal();
    const copy = await foreign.azcopy(
      ...['copy', foreign.url('source', 'by-azcopy'), foreign.url('target', 'by-azcopy')],
      ...['--from-to=BlobBlob', '--recursive'],
    );
    expect(azcopySummary(copy)).toMatchObject({ JobStatus: 'Completed', TransfersCompleted: '5' });
    const entries = await requestsBySas();
    expect(tally(entries, 'target')).toMatchObject({
      PutBlobFromUrl: 4,
      PutBlockFromUrl: 2,
      PutBlockList: 1,
    });
    expect(tally(entries, 'source')['GetBlob']).toBeUndefined();
    const check = await foreign.rclone('check', 'source:by-azcopy', 'target:by-azcopy', '--download');
    expect(check.stderr).toContain('5 matching files');
    expect(check.exitCode).toBe(0);
  });
});

describe('rclone with a SAS URL', () => {
  it('uploads to the local cloud, and lists there what it uploaded', async () => {
    const upload = await foreign.rclone('copy', join(folder, 'files'), 'source:by-rclone');
    expect(upload.exitCode).toBe(0);
    const list = await foreign.rclone('lsf', '-R', '--files-only', 'source:by-rclone');
    expect(list.stdout.trim().split('\n').sort()).toEqual(allNames);
  });

  it('copies between accounts of the local cloud, server side, and finds both equal', async () => {
    await rig.clearJournal();
    const copy = await foreign.rclone(
      ...['copy', 'source:by-rclone', 'target:by-rclone', '--server-side-across-configs'],
    );
    expect(copy.exitCode).toBe(0);
    const entries = await requestsBySas();
    expect(tally(entries, 'target')).toMatchObject({ CopyBlob: 5 });
    expect(tally(entries, 'source')['GetBlob']).toBeUndefined();
    const check = await foreign.rclone('check', 'source:by-rclone', 'target:by-rclone', '--download');
    expect(check.stderr).toContain('5 matching files');
    expect(check.exitCode).toBe(0);
  });
});

/** What `azcopy sync` would copy and delete to make the second place equal to the first. */
async function wantedByAzCopy(source: string, target: string): Promise<readonly string[]> {
  const ended = await foreign.azcopy(
    ...['sync', foreign.url('source', source), foreign.url('target', target)],
    ...['--from-to=BlobBlob', '--dry-run', '--delete-destination=true', '--compare-hash=MD5'],
  );
  expect(ended.exitCode).toBe(0);
  return azcopyMessages(ended, 'Dryrun');
}

/** Names that rclone compared and found equal, and the lines of what it found different. */
async function comparedByRclone(
  source: string,
  target: string,
): Promise<{ equal: string[]; other: string[] }> {
  const words = ['check', `source:${source}`, `target:${target}`, '--combined', '-'];
  const { stdout } = await foreign.rclone(...words);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const isEqual = (line: string): boolean => line.startsWith('= ');
  return {
    equal: lines.filter(isEqual).map((line) => line.slice(2).replaceAll('．', '.')),
    other: lines.filter((line) => !isEqual(line)),
  };
}

/** rclone loses names with an empty part or a folder made of dots, and takes two spellings of one look for one name. */
function isHeldByRclone(name: string): boolean {
  if (/(^|\/)\.{1,2}\//.test(name)) return false;
  const sameLook = oddNames.filter((other) => other.normalize('NFC') === name.normalize('NFC'));
  return !name.split('/').includes('') && sameLook.length === 1;
}

describe('the destination of our job, in the eyes of foreign clients', () => {
  const names = [...oddNames, ...numbered(200, 'plain/')];

  beforeAll(async () => {
    const source = await rig.container('source', 'judged');
    await rig.container('target', 'judged');
    await rig.fill(source, names, (name) => `content of ${name}`);
    const job = await rig.run({
      source: rig.url('source', 'judged'),
      destination: rig.url('target', 'judged'),
    });
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: names.length } });
  });

  it('is equal to the source for rclone, odd names too', async () => {
    const { equal, other } = await comparedByRclone('judged', 'judged');
    expect(other).toEqual([]);
    expect(equal).toEqual(expect.arrayContaining(names.filter(isHeldByRclone)));
  });

  it('is equal to the source for AzCopy, odd names too', async () => {
    await rig.container('target', 'nothing');
    expect(await wantedByAzCopy('judged', 'nothing')).toHaveLength(names.length);
    expect(await wantedByAzCopy('judged', 'judged')).toEqual([]);
  });

  it('is different for both once somebody has changed it: they would have told', async () => {
    const target = await rig.container('target', 'judged');
    await target.blob('odd/%41').upload('something else', 14);
    await target.blob('odd/question?mark.txt').delete();
    const { other } = await comparedByRclone('judged', 'judged');
    expect(other.sort()).toEqual(['* odd/%41', '+ odd/question?mark.txt']);
    expect(await wantedByAzCopy('judged', 'judged')).toHaveLength(2);
  });

  it('is equal again after our next job', async () => {
    await rig.run({ source: rig.url('source', 'judged'), destination: rig.url('target', 'judged') });
    expect((await comparedByRclone('judged', 'judged')).other).toEqual([]);
    expect(await wantedByAzCopy('judged', 'judged')).toEqual([]);
  });
});
