import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@azure/storage-file-share';
import type { ShareClient, ShareFileClient } from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collected, fileWith, openFilesWorld, type FilesWorld } from '../contract/files-world.js';
import { azcopyMessages, azcopySummary, ForeignClients } from '../support/foreign-clients.js';

let world: FilesWorld;
let foreign: ForeignClients;
let folder: string;
beforeAll(async () => {
  world = await openFilesWorld();
  foreign = await ForeignClients.open(world.cloud);
  folder = await mkdtemp(join(tmpdir(), 'tranship-azure-files-'));
  await mkdir(join(folder, 'up', 'sub', 'empty'), { recursive: true });
  for (const [name, bytes] of content) await writeFile(join(folder, 'up', name), bytes);
});
afterAll(async () => {
  await foreign.close();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

const content = new Map<string, Buffer>([
  ['one.txt', Buffer.from('one')],
  ['two words & #.txt', Buffer.from('two')],
  ['empty.bin', Buffer.alloc(0)],
  ['sub/ünïcode.txt', Buffer.from('three')],
  // Above the 4 MiB of one range, and above the 8 MiB that AzCopy sends to a blob at once.
  ['big.bin', randomBytes(9 * 2 ** 20)],
]);

async function shareIn(account: 'source' | 'destination', name: string): Promise<ShareClient> {
  const share = world.files(sdk, world[account]).getShareClient(name);
  await share.create();
  return share;
}

function fileOf(share: ShareClient, path: string): ShareFileClient {
  const names = path.split('/');
  const name = names.pop() ?? '';
  return names
    .reduce((directory, step) => directory.getDirectoryClient(step), share.rootDirectoryClient)
    .getFileClient(name);
}

/** AzCopy from one place to another, which must end well with so many transfers. */
async function azcopy(fromTo: string, from: string, to: string, ...flags: readonly string[]): Promise<void> {
  const ended = await foreign.azcopy('copy', from, to, `--from-to=${fromTo}`, '--recursive', ...flags);
  expect(azcopySummary(ended)).toMatchObject({ JobStatus: 'Completed', TransfersFailed: '0' });
}

describe('AzCopy and Azure Files of the local cloud', () => {
  it('uploads a tree, lists it, and finds it again when it downloads', async () => {
    const share = await shareIn('source', 'azcopy-up');
    await azcopy('LocalFile', join(folder, 'up', '*'), foreign.fileUrl('srcacct', 'azcopy-up'));
    for (const [path, bytes] of content) {
      expect(bytes.equals(await fileOf(share, path).downloadToBuffer()), path).toBe(true);
    }
    const ended = await foreign.azcopy('list', foreign.fileUrl('srcacct', 'azcopy-up'), '--location=File');
    const paths = azcopyMessages(ended, 'ListObject').map(
      (text) => (JSON.parse(text) as { readonly Path: string }).Path,
    );
    expect(paths.filter((path) => !path.endsWith('/')).sort()).toEqual([...content.keys()].sort());
    expect(paths).toContain('sub/empty/');
    await azcopy('FileLocal', foreign.fileUrl('srcacct', 'azcopy-up'), join(folder, 'down'));
    for (const [path, bytes] of content) {
      expect(bytes.equals(await readFile(join(folder, 'down', 'azcopy-up', path))), path).toBe(true);
    }
  });

  it('copies between shares of two accounts with times, attributes and permissions', async () => {
    const source = await shareIn('source', 'azcopy-info');
    // AzCopy takes shares of one name at one host for the same share, whatever the account in the path says.
    const target = await shareIn('destination', 'azcopy-other');
    const then = new Date('2002-02-02T02:02:02.002Z');
    const sddl = 'O:S-1-5-32-544G:S-1-5-32-544D:(A;;FA;;;S-1-5-32-544)';
    await source.createDirectory('d', { creationTime: then, fileAttributes: hidden() });
    const file = await fileWith(source, 'd/f', 'content');
    await file.setMetadata({ key: 'value' });
    await file.setProperties({
      creationTime: then,
      lastWriteTime: then,
      fileAttributes: hidden(),
      filePermission: sddl,
      fileHttpHeaders: { fileContentType: 'text/odd' },
    });
    const [from, to] = [
      foreign.fileUrl('srcacct', 'azcopy-info'),
      foreign.fileUrl('dstacct', 'azcopy-other'),
    ];
    await azcopy('FileFile', from, to, '--preserve-info', '--preserve-permissions');
    const copy = fileOf(target, 'd/f');
    expect((await copy.downloadToBuffer()).toString()).toBe('content');
    const properties = await copy.getProperties();
    expect(properties).toMatchObject({
      metadata: { key: 'value' },
      contentType: 'text/odd',
      fileCreatedOn: then,
      fileLastWriteOn: then,
      fileAttributes: 'Hidden',
    });
    expect((await target.getPermission(properties.filePermissionKey ?? '')).permission).toBe(sddl);
    const { fileAttributes } = await target.getDirectoryClient('d').getProperties();
    expect(fileAttributes).toBe('Hidden | Directory');
  });

  it('copies from Azure Files to blobs and back, server side', async () => {
    const share = await shareIn('source', 'azcopy-cross');
    await share.createDirectory('sub');
    for (const [path, bytes] of content) await upload(fileOf(share, path), bytes);
    const back = await shareIn('destination', 'azcopy-back');
    await world.admin('DELETE', '/journal');
    await azcopy(
      'FileBlob',
      foreign.fileUrl('srcacct', 'azcopy-cross'),
      foreign.url('dstacct', 'azcopy-cross'),
    );
    const blobs = world.owner(world.destination).getContainerClient('azcopy-cross');
    for (const [path, bytes] of content) {
      expect(bytes.equals(await blobs.getBlobClient(path).downloadToBuffer()), path).toBe(true);
    }
    await azcopy(
      'BlobFile',
      foreign.url('dstacct', 'azcopy-cross/*'),
      foreign.fileUrl('dstacct', 'azcopy-back/below'),
    );
    expect(await clientCounts('source', 'GetFile')).toBe(0);
    expect(await clientCounts('destination', 'PutRangeFromUrl')).toBe(6);
    for (const [path, bytes] of content) {
      expect(bytes.equals(await fileOf(back, `below/${path}`).downloadToBuffer()), path).toBe(true);
    }
  });

  it('removes what it is told to remove', async () => {
    const share = await shareIn('source', 'azcopy-remove');
    await share.createDirectory('d');
    await fileWith(share, 'd/f', 'x');
    await fileWith(share, 'kept', 'x');
    const ended = await foreign.azcopy(
      ...['remove', foreign.fileUrl('srcacct', 'azcopy-remove/d'), '--from-to=FileTrash', '--recursive'],
    );
    expect(azcopySummary(ended)).toMatchObject({ JobStatus: 'Completed' });
    const left = await collected(share.rootDirectoryClient.listFilesAndDirectories());
    expect(left.map(({ name }) => name)).toEqual(['kept']);
  });
});

function hidden(): sdk.FileSystemAttributes {
  return sdk.FileSystemAttributes.parse('Hidden');
}

async function upload(file: ShareFileClient, bytes: Buffer): Promise<void> {
  await file.create(bytes.length);
  for (let at = 0; at < bytes.length; at += 4 * 2 ** 20) {
    const part = bytes.subarray(at, at + 4 * 2 ** 20);
    await file.uploadRange(part, at, part.length);
  }
}

/** Requests of clients for one operation of Azure Files. */
async function clientCounts(account: 'source' | 'destination', operation: string): Promise<number> {
  const query = new URLSearchParams({
    service: 'file',
    account: world[account].name,
    operation,
    internal: 'false',
  });
  const { total } = (await world.admin('GET', `/journal/summary?${query.toString()}`)) as { total: number };
  return total;
}
