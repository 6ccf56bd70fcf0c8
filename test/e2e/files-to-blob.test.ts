import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeUnderWay } from '../support/change-under-way.js';
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
    const lookBefore = 1; // Of each side.
    // Two looks at what is copied in blocks: nothing else tells its metadata, nor that it is still the same before its commit.
    expect(await files.sent('file', 'source', 'tree')).toEqual({
      ListFilesAndDirectories: directories.length + reviewed + lookBefore,
      GetFileProperties: lookedAt + 2,
    });
    expect(await files.sent('blob', 'target', 'tree')).toEqual({
      ListBlobs: 1 + lookBefore,
      PutBlobFromUrl: planned - 1,
      PutBlockFromUrl: Math.ceil(257 / 64),
      PutBlockList: 1,
    });
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

  it('is listed twice, page by page; one file of a directory by itself is asked for by its name', async () => {
    const { from } = await pair('pages');
    const names = [...numbered(95), ...numbered(41, 'deep/'), 'deep/alone/in here'];
    await forEachConcurrently(names, 8, (name) => from.put(name, name));
    await files.rig.admin('PUT', 'limits', { filesPageEntries: 40 });
    try {
      await files.rig.clearJournal();
      const job = await files.rig.run(request('pages'));
      expect(job).toMatchObject({ status: 'Completed', counts: { planned: 137, copied: 137 } });
    } finally {
      await files.rig.admin('PUT', 'limits', {});
    }
    // Two directories; 95 files; 41 files and a directory; one file.
    const [listed, again, lookBefore] = [1 + 3 + 2 + 1, 3 + 2, 1];
    expect(await files.sent('file', 'source', 'pages')).toEqual({
      ListFilesAndDirectories: listed + again + lookBefore,
      GetFileProperties: 1,
    });
    expect(await files.sent('blob', 'target', 'pages')).toEqual({
      ListBlobs: 1 + lookBefore,
      PutBlobFromUrl: 137,
    });
  });

  it('with names that end in dots, which a URL loses, becomes what blobs can hold; the rest is reported with the rule', async () => {
    const { from, to } = await pair('dotted');
    const dotted = oddFileNames({ trailingDots: true }).filter((name) => !odd.includes(name));
    expect(dotted.length).toBeGreaterThanOrEqual(3);
    await forEachConcurrently([...dotted, 'fine'], 4, (name) => from.put(name, name));
    const job = await files.rig.run(request('dotted'));
    expect(job).toMatchObject({
      status: 'CompletedWithErrors',
      counts: { copied: 1, failed: dotted.length },
    });
    const refused = await files.rig.report(job.id, 'failed');
    expect(refused.map(({ key }) => key).sort()).toEqual([...dotted].sort());
    for (const line of refused) {
      expect(line).toMatchObject({ reason: 'name-not-allowed', message: 'rule: trailing-dot' });
    }
    expect([...(await files.rig.list(to)).keys()]).toEqual(['fine']);
    const vain = await files.rig.call('POST', 'jobs', { ...request('dotted'), escapeNames: true });
    expect(vain).toMatchObject({ status: 400, body: { field: 'escapeNames' } });
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

describe('a file that changes while it is copied', () => {
  const copy = { service: 'blob', operation: 'PutBlobFromUrl' } as const;

  it('is copied again', async () => {
    const { from, to } = await pair('changed-once');
    const plan = { request: request('changed-once'), copy, looks: 2, changes: 1 };
    const { job, copies } = await changeUnderWay(files, from, plan);
    expect(await files.rig.report(job.id, 'failed')).toEqual([]);
    expect(await files.rig.report(job.id, 'conflict')).toEqual([]);
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 2, copied: 2 } });
    expect(copies).toBe(2);
    expect((await to.blob('moving').downloadToBuffer()).toString()).toBe('version x');
  });

  it('and changes again, is reported as changed', async () => {
    const { from } = await pair('changed-twice');
    const plan = { request: request('changed-twice'), copy, looks: 2, changes: 2 };
    const { job } = await changeUnderWay(files, from, plan);
    expect(job).toMatchObject({ status: 'CompletedWithErrors', counts: { copied: 1, failed: 1 } });
    expect(await files.rig.report(job.id, 'failed')).toMatchObject([
      { key: 'moving', reason: 'source-changed' },
    ]);
  });

  it('is copied as it was, when the job reads from a share snapshot, which is gone afterwards', async () => {
    const { from, to } = await pair('frozen');
    const frozen = { ...request('frozen'), consistency: 'snapshot' };
    const { job, copies } = await changeUnderWay(files, from, {
      request: frozen,
      copy,
      looks: 2,
      changes: 1,
    });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 2, copied: 2 } });
    expect(copies).toBe(1);
    expect((await to.blob('moving').downloadToBuffer()).toString()).toBe('version');
    await files.until(async () => (await from.snapshots()).length === 0, 'the snapshot is gone');
    const sent = await files.sent('file', 'source', 'frozen');
    // One list of the directory before, by the look, and one of the snapshot: nothing is looked at again.
    expect(sent).toEqual({ ListFilesAndDirectories: 2, SnapshotShare: 1, DeleteShare: 1 });
    expect((await files.rig.run(request('frozen'))).counts).toMatchObject({ copied: 1, skipped: 1 });
  });
});
