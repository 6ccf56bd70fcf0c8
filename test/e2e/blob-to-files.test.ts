import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
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
    const contents = new Map<string, string>();
    for (const [path, { kind }] of await to.tree()) {
      if (kind === 'file') contents.set(path, (await to.content(path)).toString());
    }
    expect(contents).toEqual(
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

/** Bytes of which every stretch of 4 MiB differs. */
function patterned(name: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let offset = 0; offset < sizeBytes; offset += mebibyte) {
    bytes.fill(`${name} ${String(offset)} `.padEnd(64), offset, Math.min(offset + mebibyte, sizeBytes));
  }
  return bytes;
}
