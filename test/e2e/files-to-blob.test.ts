import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FilesRig } from '../support/files-rig.js';
import { oddFileNames } from '../support/odd-file-names.js';
import { numbered } from '../support/local-rig.js';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start();
});
afterEach(() => files.rig.admin('DELETE', 'faults'));
afterAll(() => files.stop());

const mebibyte = 2 ** 20;

function request(name: string): { readonly source: string; readonly destination: string } {
  return { source: files.fileUrl('source', `${name}/`), destination: files.rig.url('target', `${name}/`) };
}

async function pair(name: string) {
  return { from: await files.share('source', name), to: await files.rig.container('target', name) };
}

describe('a tree of files', () => {
  const odd = oddFileNames({ trailingDots: false });
  const plain = [...numbered(120, 'many/'), ...numbered(60, 'many/deeper/'), 'alone/in here'];
  const small = [...odd, ...plain];

  it('becomes blobs of the same content by one request each, and two lists of each directory', async () => {
    const { from, to } = await pair('tree');
    await forEachConcurrently(small, 8, (name) =>
      from.put(name, name, { 'x-ms-content-type': 'text/x-odd', 'x-ms-meta-FooBar': 'Kept As It Is' }),
    );
    await from.put('empty file', '');
    await from.directory('empty directory/within');
    // Sparse, on either side of the size up to which one request copies.
    const large = [
      ['large/one request', 256 * mebibyte],
      ['large/in blocks', 257 * mebibyte],
    ] as const;
    await from.directory('large');
    for (const [name, sizeBytes] of large) {
      await from.create(name, sizeBytes, { 'x-ms-meta-FooBar': 'large' });
      await from.write(name, sizeBytes - 1000, Buffer.from(name));
    }
    await files.rig.clearJournal();
    const job = await files.rig.run(request('tree'));
    expect(await files.rig.report(job.id, 'failed')).toEqual([]);
    const planned = small.length + 3;
    expect(job).toMatchObject({ status: 'Completed', counts: { planned, copied: planned } });

    const tree = await from.tree();
    const directories = ['', ...[...tree.keys()].filter((path) => path.endsWith('/'))];
    const filesIn = (directory: string): number =>
      [...tree].filter(
        ([path, { kind }]) => kind === 'file' && path.slice(0, path.lastIndexOf('/') + 1) === directory,
      ).length;
    const reviewed = directories.filter((directory) => filesIn(directory) > 1).length;
    const lookedAt = directories.filter((directory) => filesIn(directory) === 1).length;
    // The look before the job is its listing of the first directory, as for blobs.
    const sent = await files.sent('file', 'source', 'tree');
    expect(sent['ListFilesAndDirectories']).toBeLessThanOrEqual(directories.length + reviewed + 1);
    // Two looks at what is copied in blocks: nothing else tells its metadata, nor that it is still the same before its commit.
    expect(sent).toEqual({
      ListFilesAndDirectories: sent['ListFilesAndDirectories'],
      GetFileProperties: lookedAt + 2,
    });
    const written = await files.sent('blob', 'target', 'tree');
    expect(written).toEqual({
      ListBlobs: written['ListBlobs'],
      PutBlobFromUrl: planned - 1,
      PutBlockFromUrl: Math.ceil(257 / 64),
      PutBlockList: 1,
    });
    expect(written['ListBlobs']).toBeLessThanOrEqual(2);
    expect(await files.bytesThrough('tree')).toBe(0);

    const blobs = await files.rig.list(to);
    const expected = [...tree].filter(([, { kind }]) => kind === 'file').map(([path]) => path);
    expect([...blobs.keys()].sort()).toEqual(expected.sort());
    await forEachConcurrently(small, 8, async (name) => {
      expect((await to.blob(name).downloadToBuffer()).toString(), name).toBe(name);
    });
    expect(blobs.get(odd[0] ?? '')).toMatchObject({
      metadata: { FooBar: 'Kept As It Is' },
      properties: { contentType: 'text/x-odd' },
    });
    for (const [name, sizeBytes] of large) {
      expect(blobs.get(name)).toMatchObject({
        metadata: { FooBar: 'large' },
        properties: { contentLength: sizeBytes },
      });
      const end = await to.blob(name).downloadToBuffer(sizeBytes - 2000, 2000);
      const wanted = Buffer.alloc(2000);
      wanted.write(name, 1000);
      expect(end.equals(wanted)).toBe(true);
    }
    const again = await files.rig.run(request('tree'));
    expect(again.counts).toMatchObject({ planned, copied: 0, skipped: planned });
  });

  it('leaves directories out, or keeps them as the empty objects that stand for directories', async () => {
    const { from, to } = await pair('directories');
    await from.put('a/file', 'x');
    await from.directory('empty/within');
    expect((await files.rig.run(request('directories'))).counts).toMatchObject({ planned: 1, copied: 1 });
    expect([...(await files.rig.list(to)).keys()]).toEqual(['a/file']);
    const job = await files.rig.run({ ...request('directories'), emptyDirectories: true });
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: 3, skipped: 1 } });
    const blobs = await files.rig.list(to);
    expect([...blobs.keys()].map((name) => name.replace(/\/$/, ''))).toEqual([
      'a',
      'a/file',
      'empty',
      'empty/within',
    ]);
    for (const [name, { metadata, properties }] of blobs) {
      if (name === 'a/file') continue;
      expect({ metadata, sizeBytes: properties.contentLength }).toEqual({
        metadata: { hdi_isfolder: 'true' },
        sizeBytes: 0,
      });
    }
  });
});

/**
 * Changes one file when it has been copied, while the copy of another still holds up the look at the sources that follows;
 * and once more when it has been copied again, before the next look.
 */
async function changeUnderWay(
  name: string,
  options: { readonly changes: number; readonly consistency?: 'snapshot' },
) {
  const { from, to } = await pair(name);
  await from.put('steady', 'steady');
  await from.put('moving', 'version');
  const copy = { container: name, operation: 'PutBlobFromUrl' };
  const look = { service: 'file', container: name, operation: 'GetFileProperties', path: 'moving' };
  await files.rig.admin('POST', 'faults', [
    { ...copy, path: 'steady', delayMs: 3000 },
    { ...look, skip: 2, delayMs: 3000 },
  ]);
  await files.rig.clearJournal();
  const { consistency } = options;
  const id = await files.rig.startJob({
    ...request(name),
    ...(consistency === undefined ? {} : { consistency }),
  });
  for (let change = 1; change <= options.changes; change += 1) {
    await files.untilDone({ ...copy, service: 'blob', blob: 'moving' }, change);
    await from.put('moving', `version ${'x'.repeat(change)}`);
  }
  const job = await files.rig.settled(id);
  const copies = await files.entries({ ...copy, service: 'blob', blob: 'moving' });
  const content = (await to.blob('moving').downloadToBuffer()).toString();
  return { from, job, copies: copies.length, content };
}

describe('a file that changes while it is copied', () => {
  it('is copied again', async () => {
    const { job, copies, content } = await changeUnderWay('changed-once', { changes: 1 });
    expect(await files.rig.report(job.id, 'failed')).toEqual([]);
    expect(await files.rig.report(job.id, 'conflict')).toEqual([]);
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 2, copied: 2 } });
    expect({ copies, content }).toEqual({ copies: 2, content: 'version x' });
  });

  it('and changes again, is reported as changed', async () => {
    const { job } = await changeUnderWay('changed-twice', { changes: 2 });
    expect(job).toMatchObject({ status: 'CompletedWithErrors', counts: { copied: 1, failed: 1 } });
    expect(await files.rig.report(job.id, 'failed')).toMatchObject([
      { key: 'moving', reason: 'source-changed' },
    ]);
  });

  it('is copied as it was, when the job reads from a share snapshot, which is gone afterwards', async () => {
    const { from, job, copies, content } = await changeUnderWay('frozen', {
      changes: 1,
      consistency: 'snapshot',
    });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 2, copied: 2 } });
    expect({ copies, content }).toEqual({ copies: 1, content: 'version' });
    await files.until(async () => (await from.snapshots()).length === 0, 'the snapshot is gone');
    const sent = await files.sent('file', 'source', 'frozen');
    // One list of the directory before, by the look, and one of the snapshot: nothing is looked at again.
    expect(sent).toEqual({ ListFilesAndDirectories: 2, SnapshotShare: 1, DeleteShare: 1 });
    expect((await files.rig.run(request('frozen'))).counts).toMatchObject({ copied: 1, skipped: 1 });
  });
});
