import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fileNameProblem } from '../../src/job/file-name.js';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { oddNames } from '../../src/localhost/demo/odd-names.js';
import { FilesRig } from '../support/files-rig.js';
import { numbered } from '../support/local-rig.js';
import { oddFileNames } from '../support/odd-file-names.js';
import type { RawShare } from '../support/raw-share.js';

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start();
});
afterEach(() => files.rig.admin('DELETE', 'faults'));
afterAll(() => files.stop());

const mebibyte = 2 ** 20;

function request(name: string): { readonly source: string; readonly destination: string } {
  return { source: files.rig.url('source', `${name}/`), destination: files.fileUrl('target', `${name}/`) };
}

async function pair(name: string) {
  return { from: await files.rig.container('source', name), to: await files.share('target', name) };
}

describe('blobs', () => {
  const odd = oddFileNames({ trailingDots: true });
  const small = [...odd, ...numbered(100, 'many/'), ...numbered(50, 'many/deeper/')];

  it('become files: one create and a request for each 4 MiB, one for each new directory', async () => {
    const { from, to } = await pair('blobs');
    await files.rig.fill(from, small, undefined, {
      metadata: { FooBar: 'Kept As It Is' },
      blobHTTPHeaders: { blobContentType: 'text/x-odd', blobCacheControl: 'no-store' },
    });
    await from.blob('empty').upload('', 0);
    const large = [
      ['large/nine', 9 * mebibyte],
      ['large/eight', 8 * mebibyte],
    ] as const;
    for (const [name, sizeBytes] of large) await from.blob(name).uploadData(patterned(name, sizeBytes));
    await files.rig.clearJournal();
    const job = await files.rig.run(request('blobs'));
    expect(await files.rig.report(job.id, 'failed')).toEqual([]);
    const planned = small.length + 3;
    expect(job).toMatchObject({ status: 'Completed', counts: { planned, copied: planned } });

    const tree = await to.tree();
    const directories = [...tree.keys()].filter((path) => path.endsWith('/'));
    const written = await files.sent('file', 'target', 'blobs');
    expect(written).toEqual({
      ListFilesAndDirectories: written['ListFilesAndDirectories'],
      CreateDirectory: directories.length,
      CreateFile: planned,
      PutRangeFromUrl: small.length + 3 + 2,
      // Of each that has content: takes off the mark of a file that is being filled.
      SetFileProperties: small.length + 2,
    });
    expect(await files.bytesThrough('blobs')).toBe(0);

    const expected = [...small, 'empty', 'large/nine', 'large/eight'].sort();
    expect([...tree.keys()].filter((path) => !path.endsWith('/')).sort()).toEqual(expected);
    await forEachConcurrently(small, 8, async (name) => {
      expect((await to.content(name)).toString(), name).toBe(name);
    });
    for (const [name, sizeBytes] of large) {
      expect((await to.content(name)).equals(patterned(name, sizeBytes))).toBe(true);
    }
    const { metadata, headers } = await to.look(odd[0] ?? '');
    expect(metadata).toEqual({ FooBar: 'Kept As It Is' });
    expect([headers.get('content-type'), headers.get('cache-control')]).toEqual(['text/x-odd', 'no-store']);
    const again = await files.rig.run(request('blobs'));
    expect(again.counts).toMatchObject({ planned, copied: 0, skipped: planned });
  });

  it('that change while they are copied are copied again, whole', async () => {
    const { from, to } = await pair('changed');
    const before = patterned('before', 9 * mebibyte);
    const after = patterned('after', 9 * mebibyte);
    await from.blob('moving').uploadData(before);
    const operation = { service: 'file', container: 'changed', operation: 'PutRangeFromUrl' };
    await files.rig.admin('POST', 'faults', { ...operation, skip: 1, times: 1, delayMs: 1500 });
    await files.rig.clearJournal();
    const id = await files.rig.startJob(request('changed'));
    await files.untilSent(operation, 2);
    await from.blob('moving').uploadData(after);
    const job = await files.rig.settled(id);
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 1, copied: 1 } });
    expect((await to.content('moving')).equals(after)).toBe(true);
  });

  it('of every odd name are copied where Azure Files takes the name, or could with escapes, and reported where not', async () => {
    const from = await files.rig.container('source', 'odd');
    const [plain, escaped] = [await files.share('target', 'odd'), await files.share('target', 'odd-escaped')];
    await files.rig.fill(from, oddNames);
    const source = files.rig.url('source', 'odd/');

    const kept = await files.rig.run({ source, destination: files.fileUrl('target', 'odd/') });
    const refused = await rulesOf(kept.id);
    const found = await contentsOf(plain);
    expect([...found].every(([path, content]) => path === content)).toBe(true);
    expect([...found.keys(), ...refused.keys()].sort()).toEqual([...oddNames].sort());
    const [against, beside] = [oddNames.filter(fileNameProblem), ['odd/%2f', 'odd/Case.txt', 'odd/case.txt']];
    expect([...refused.keys()].sort()).toEqual([...against, ...beside].sort());
    for (const name of against) expect(refused.get(name)).toBe(`rule: ${String(fileNameProblem(name))}`);
    for (const name of beside) expect(refused.get(name)).toBe('rule: case-collision');

    const request = { source, destination: files.fileUrl('target', 'odd-escaped/'), escapeNames: true };
    const job = await files.rig.run(request);
    const never = await rulesOf(job.id);
    // Nothing makes a name shorter; and `odd/trailing/` and `odd/trailing//` are a file and a directory of one name.
    expect([...never].map(([key, rule]) => [key.slice(0, 14), rule]).sort()).toEqual([
      ['l'.repeat(14), 'rule: component-too-long'],
      ['odd/trailing//', 'rule: file-and-directory'],
    ]);
    const all = await contentsOf(escaped);
    expect([...all.values(), ...never.keys()].sort()).toEqual([...oddNames].sort());
    for (const [path, content] of all) expect(unescaped(path)).toBe(content);
    expect((await files.rig.run(request)).counts).toMatchObject({ copied: 0, skipped: all.size });
  });

  it('whose names two services see differently are reported with the rule, or escaped so that they can be told', async () => {
    const { from, to } = await pair('names');
    await files.rig.fill(from, ['fine', 'a:b', 'Case', 'case', 'x//y', 'is', 'is/below', '%41']);
    const job = await files.rig.run(request('names'));
    expect(job).toMatchObject({
      status: 'CompletedWithErrors',
      counts: { planned: 8, copied: 4, failed: 4 },
    });
    const lines = await files.rig.report(job.id, 'failed');
    expect(lines.every(({ reason }) => reason === 'name-not-allowed')).toBe(true);
    expect(lines.map(({ key, ...line }) => [key, (line as { message?: string }).message]).sort()).toEqual([
      ['a:b', 'rule: reserved-character'],
      ['case', 'rule: case-collision'],
      ['is/below', 'rule: file-and-directory'],
      ['x//y', 'rule: empty-component'],
    ]);
    const escaped = await files.rig.run({ ...request('names'), escapeNames: true });
    expect(escaped).toMatchObject({ status: 'Completed', counts: { failed: 0 } });
    expect(await contentsOf(to)).toEqual(
      new Map([
        ['%2541', '%41'],
        // From the job before, which took the name as it was.
        ['%41', '%41'],
        ['%63ase', 'case'],
        ['%69s/below', 'is/below'],
        ['Case', 'Case'],
        ['a%3Ab', 'a:b'],
        ['fine', 'fine'],
        ['is', 'is'],
        ['x/%/y', 'x//y'],
      ]),
    );
  });
});

/** What every file of a share holds, by its path. */
async function contentsOf(share: RawShare): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const [path, { kind }] of await share.tree()) {
    if (kind === 'file') contents.set(path, (await share.content(path)).toString());
  }
  return contents;
}

/** What the report says of each name that was not allowed. */
async function rulesOf(id: string): Promise<Map<string, string | undefined>> {
  const lines = await files.rig.report(id, 'failed');
  expect(lines.every(({ reason }) => reason === 'name-not-allowed')).toBe(true);
  return new Map(lines.map(({ key, ...line }) => [key, (line as { message?: string }).message]));
}

/** Reads encoded bytes back; a component `%` stands for an empty one. */
function unescaped(path: string): string {
  const components = path.split('/').map((component) => (component === '%' ? '' : component));
  return components
    .join('/')
    .replace(/(?:%[0-9A-F]{2})+/g, (encoded) => Buffer.from(encoded.replaceAll('%', ''), 'hex').toString());
}

/** Bytes of which every stretch of 4 MiB differs. */
function patterned(name: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let offset = 0; offset < sizeBytes; offset += mebibyte) {
    bytes.fill(`${name} ${String(offset)} `.padEnd(64), offset, Math.min(offset + mebibyte, sizeBytes));
  }
  return bytes;
}
