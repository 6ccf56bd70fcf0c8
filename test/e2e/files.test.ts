import { FileSystemAttributes } from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRig } from '../support/local-rig.js';
import { TestShare } from '../support/share.js';

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start();
});
afterAll(() => rig.stop());

function account(name: string) {
  const found = rig.local.localJson.accounts.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
}

function share(accountName: string, name: string): Promise<TestShare> {
  return TestShare.open(account(accountName), name);
}

function fileUrl(accountName: string, path: string): string {
  return `${account(accountName).fileEndpoint}/${path}`;
}

const names = [
  'a.txt',
  'dir/b.txt',
  'dir/sub/c d.txt',
  'dir/sub/ü€😀',
  'dir-1/%41.txt',
  'dir.x/trailing.',
  'z',
];

describe('Azure Files', () => {
  it('is copied to blobs, with properties and the case of metadata, and a second run skips all', async () => {
    const from = await share('source', 'to-blob');
    const to = await rig.container('target', 'from-files');
    await from.fill(names);
    await from.put('rich', 'rich', {
      fileHttpHeaders: { fileContentType: 'text/css' },
      metadata: { plain: '1' },
    });
    const request = { source: fileUrl('source', 'to-blob/'), destination: rig.url('target', 'from-files/') };
    const job = await rig.run(request);
    expect(job).toMatchObject({
      status: 'CompletedWithErrors',
      counts: { planned: 8, copied: 7, failed: 1 },
    });
    expect(await rig.report(job.id, 'failed')).toMatchObject([
      { key: 'dir.x/trailing.', reason: 'name-not-allowed', message: 'rule: trailing-dot' },
    ]);
    const plain = names.filter((name) => !name.endsWith('.'));
    const blobs = await rig.list(to);
    expect([...blobs.keys()].sort()).toEqual([...plain, 'rich'].sort());
    for (const name of plain) expect((await to.blob(name).downloadToBuffer()).toString()).toBe(name);
    expect(blobs.get('rich')).toMatchObject({
      metadata: { plain: '1' },
      properties: { contentType: 'text/css' },
    });
    expect((await rig.run(request)).counts).toMatchObject({ planned: 8, copied: 0, skipped: 7 });
  });

  it('takes blobs, makes directories, and a second run skips all', async () => {
    const from = await rig.container('source', 'to-files');
    const to = await share('target', 'from-blob');
    await rig.fill(from, names, undefined, { metadata: { FooBar: 'x' } });
    const request = {
      source: rig.url('source', 'to-files/'),
      destination: fileUrl('target', 'from-blob/in/'),
    };
    const job = await rig.run(request);
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 7, copied: 7 } });
    const paths = await to.paths();
    expect(paths.filter((path) => !path.endsWith('/'))).toEqual(names.map((name) => `in/${name}`).sort());
    for (const name of names) expect(await to.content(`in/${name}`)).toBe(name);
    expect((await rig.run(request)).counts).toMatchObject({ planned: 7, copied: 0, skipped: 7 });
  });

  it('reports names that it does not take with the rule, or escapes them when asked', async () => {
    const from = await rig.container('source', 'names');
    const to = await share('target', 'names');
    const odd = ['ok', 'a:b', 'A', 'a', 'x//y', 'q?', 'dir/', 'file', 'file/x', '100%41'];
    await rig.fill(from, odd);
    const request = { source: rig.url('source', 'names/'), destination: fileUrl('target', 'names/') };
    const job = await rig.run(request);
    expect(job.status).toBe('CompletedWithErrors');
    const rules = (await rig.report(job.id, 'failed')).map((line) => [
      line.key,
      line.reason,
      (line as { message?: string }).message,
    ]);
    expect(rules.sort()).toEqual([
      ['a', 'name-not-allowed', 'rule: case-collision'],
      ['a:b', 'name-not-allowed', 'rule: reserved-character'],
      ['dir/', 'name-not-allowed', 'rule: empty-component'],
      ['file/x', 'name-not-allowed', 'rule: file-and-directory'],
      ['q?', 'name-not-allowed', 'rule: reserved-character'],
      ['x//y', 'name-not-allowed', 'rule: empty-component'],
    ]);
    const escaped = await rig.run({ ...request, escapeNames: true });
    expect(escaped.counts).toMatchObject({ failed: 0, skipped: 3 });
    const paths = (await to.paths()).filter((path) => !path.endsWith('/'));
    expect(paths).toEqual(
      ['%61', '%66ile/x', '100%2541', '100%41', 'A', 'a%3Ab', 'dir/%', 'file', 'ok', 'q%3F', 'x/%/y'].sort(),
    );
  });

  it('is copied to Azure Files with attributes, times, permissions and empty directories', async () => {
    const from = await share('source', 'whole');
    const to = await share('target', 'whole');
    await from.fill(names);
    await from.directory('empty/deeper');
    const { filePermissionKey: key = '' } = await from.client.createPermission('O:SYG:SYD:(A;;FA;;;SY)');
    const times = {
      creationTime: new Date('2001-02-03T04:05:06.123Z'),
      lastWriteTime: new Date('2011-12-13T14:15:16.765Z'),
    };
    await from.put('kept.txt', 'kept', { ...times, filePermissionKey: key, metadata: { one: '1' } });
    const file = from.client.rootDirectoryClient.getFileClient('kept.txt');
    const readOnly = new FileSystemAttributes();
    readOnly.readonly = true;
    readOnly.hidden = true;
    await file.setProperties({ ...times, fileAttributes: readOnly });
    const request = {
      source: fileUrl('source', 'whole/'),
      destination: fileUrl('target', 'whole/'),
      preserve: { permissions: true },
    };
    const job = await rig.run(request);
    expect(await rig.report(job.id, 'failed')).toEqual([]);
    expect(job.status).toBe('Completed');
    expect(await to.paths()).toEqual(await from.paths());
    for (const name of names) expect(await to.content(name)).toBe(name);
    const copy = await to.client.rootDirectoryClient.getFileClient('kept.txt').getProperties();
    expect(copy).toMatchObject({
      fileCreatedOn: times.creationTime,
      fileLastWriteOn: times.lastWriteTime,
      metadata: { one: '1' },
    });
    expect(copy.fileAttributes).toMatch(/ReadOnly.*Hidden/);
    const { permission } = await to.client.getPermission(copy.filePermissionKey ?? '');
    expect(permission).toBe((await from.client.getPermission(key)).permission);
    const again = await rig.run(request);
    expect(again.counts).toMatchObject({ copied: 0, failed: 0 });
  });
});
