import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from './cloud-world.js';
import type { FilesWorld } from './files-world.js';
import { collected, fileWith, openFilesWorld, sdks } from './files-world.js';

let world: FilesWorld;
beforeAll(async () => {
  world = await openFilesWorld();
});
afterAll(() => world.stop());

describe.each(sdks)('Azure Files by storage-file-share %s', (version, sdk) => {
  const named = (text: string): string => `${text}-${version.replace('.', '-')}`;

  it('makes, lists, describes and deletes shares', async () => {
    const share = await world.share(sdk, named('shares'));
    expect(await failure(share.create())).toBe('409 ShareAlreadyExists');
    await share.setMetadata({ owner: 'me' });
    await share.setProperties({ quotaInGB: 7, accessTier: 'Hot' });
    expect(await share.getProperties()).toMatchObject({
      quota: 7,
      accessTier: 'Hot',
      metadata: { owner: 'me' },
    });
    await fileWith(share, 'f', 'four');
    expect((await share.getStatistics()).shareUsageBytes).toBe(4);
    const service = world.files(sdk, world.source);
    const listed = await collected(service.listShares({ prefix: named('shares'), includeMetadata: true }));
    expect(listed).toMatchObject([
      { name: named('shares'), metadata: { owner: 'me' }, properties: { quota: 7 } },
    ]);
    expect(await share.exists()).toBe(true);
    await share.delete();
    expect(await share.exists()).toBe(false);
    expect(await failure(share.getProperties())).toBe('404 ShareNotFound');
    expect(await failure(service.getShareClient('No-Share').create())).toBe('400 InvalidResourceName');
    await service.getProperties();
  });

  it('keeps files and directories, whatever the case in which they are named', async () => {
    const share = await world.share(sdk, named('entries'));
    const directory = share.getDirectoryClient('Dir');
    await directory.create({ metadata: { a: 'b' } });
    const file = directory.getFileClient('Straße + % #.txt');
    await file.create(10, {
      fileHttpHeaders: {
        fileContentType: 'text/plain',
        fileContentEncoding: 'gzip',
        fileContentLanguage: 'de',
        fileCacheControl: 'no-cache',
        fileContentDisposition: 'attachment',
        fileContentMD5: new Uint8Array(16).fill(7),
      },
      metadata: { k: 'v' },
    });
    await file.uploadRange('hello', 0, 5);
    const again = share.getDirectoryClient('dIR').getFileClient('STRAßE + % #.TXT');
    expect((await again.downloadToBuffer()).toString()).toBe('hello\0\0\0\0\0');
    const properties = await again.getProperties();
    expect(properties).toMatchObject({
      contentLength: 10,
      contentType: 'text/plain',
      contentEncoding: 'gzip',
      contentLanguage: 'de',
      cacheControl: 'no-cache',
      contentDisposition: 'attachment',
      metadata: { k: 'v' },
      fileAttributes: 'Archive',
    });
    expect([...(properties.contentMD5 ?? [])]).toEqual(new Array(16).fill(7));
    expect((await directory.getProperties()).metadata).toEqual({ a: 'b' });
    const listed = await collected(directory.listFilesAndDirectories());
    expect(listed).toMatchObject([
      { kind: 'file', name: 'Straße + % #.txt', properties: { contentLength: 10 } },
    ]);
    expect(await failure(share.deleteDirectory('dir'))).toBe('409 DirectoryNotEmpty');
    expect(await failure(share.createDirectory('DIR'))).toBe('409 ResourceAlreadyExists');
    expect(await failure(share.rootDirectoryClient.getFileClient('dir').create(1))).toBe(
      '409 ResourceTypeMismatch',
    );
    expect(await failure(share.getDirectoryClient('no').getFileClient('f').create(1))).toBe(
      '404 ParentNotFound',
    );
    expect(await failure(directory.getFileClient('none').downloadToBuffer())).toBe('404 ResourceNotFound');
    await again.delete();
    await share.deleteDirectory('dir');
    expect(await collected(share.rootDirectoryClient.listFilesAndDirectories())).toEqual([]);
  });

  it('lists page by page in the order of folded names', async () => {
    const share = await world.share(sdk, named('pages'));
    const names = ['b', 'A', 'c&d', 'Z', '_', 'ü', '日本😀'];
    for (const name of names) await fileWith(share, name, '');
    await share.createDirectory('B2');
    const found: string[][] = [];
    for await (const page of share.rootDirectoryClient.listFilesAndDirectories().byPage({ maxPageSize: 3 })) {
      const { fileItems, directoryItems } = page.segment;
      found.push([...fileItems, ...directoryItems].map(({ name }) => name).sort());
    }
    expect(found).toEqual([
      ['A', 'B2', 'b'],
      ['Z', '_', 'c&d'],
      ['ü', '日本😀'],
    ]);
    const prefixed = await collected(share.rootDirectoryClient.listFilesAndDirectories({ prefix: 'B' }));
    expect(prefixed.map(({ name }) => name).sort()).toEqual(['B2', 'b']);
  });

  it('asks for intent with a token, and then for the role', async () => {
    const share = await world.share(sdk, named('token'));
    await fileWith(share, 'f', 'content');
    const careless = (await world.filesByToken(sdk, world.source)).getShareClient(named('token'));
    expect(await failure(careless.rootDirectoryClient.getFileClient('f').downloadToBuffer())).toBe(
      '400 MissingRequiredHeader',
    );
    const meant = (await world.filesByToken(sdk, world.source, 'backup')).getShareClient(named('token'));
    const file = meant.rootDirectoryClient.getFileClient('f');
    expect((await file.downloadToBuffer()).toString()).toBe('content');
    await world.admin('PUT', '/roles', [
      { identity: 'oid-worker', account: 'srcacct', actions: ['read', 'write'] },
    ]);
    await file.setMetadata({ a: 'b' });
    expect(await failure(file.delete())).toBe('403 AuthorizationPermissionMismatch');
    expect(await failure(meant.createSnapshot())).toBe('403 AuthorizationPermissionMismatch');
    await world.admin('PUT', '/roles', [
      { identity: 'oid-worker', account: 'srcacct', container: named('token'), actions: ['read', 'shares'] },
    ]);
    expect(await failure(file.setMetadata({}))).toBe('403 AuthorizationPermissionMismatch');
    await meant.createSnapshot();
    await world.admin('PUT', '/roles', everything);
  });

  it('copies ranges from a file and a blob of another account by token, and files into blobs', async () => {
    const content = randomBytes(5 * 2 ** 20);
    const share = await world.share(sdk, named('from-url'));
    const file = await fileWith(share, 'from', '');
    await file.create(content.length);
    for (let at = 0; at < content.length; at += 4 * 2 ** 20) {
      const part = content.subarray(at, at + 4 * 2 ** 20);
      await file.uploadRange(part, at, part.length);
    }
    const token = { scheme: 'Bearer', value: (await world.token()).slice('Bearer '.length) };
    const target = (await world.filesByToken(sdk, world.destination, 'backup')).getShareClient(named('to'));
    await target.create();
    const copy = target.rootDirectoryClient.getFileClient('copy');
    await copy.create(content.length);
    await world.admin('DELETE', '/journal');
    await copy.uploadRangeFromURL(file.url, 0, 0, 4 * 2 ** 20, { sourceAuthorization: token });
    await copy.uploadRangeFromURL(file.url, 4 * 2 ** 20, 4 * 2 ** 20, 2 ** 20, {
      sourceAuthorization: token,
    });
    expect(content.equals(await copy.downloadToBuffer())).toBe(true);
    const blobs = (await world.blobsByToken(world.destination)).getContainerClient(named('blobs'));
    await blobs.create();
    const whole = blobs.getBlockBlobClient('whole');
    await whole.syncUploadFromURL(file.url, { sourceAuthorization: token, sourceShareTokenIntent: 'backup' });
    const blocks = blobs.getBlockBlobClient('blocks');
    const id = Buffer.from('block').toString('base64');
    await blocks.stageBlockFromURL(id, file.url, 0, 2 ** 20, {
      sourceAuthorization: token,
      sourceShareTokenIntent: 'backup',
    });
    await blocks.commitBlockList([id]);
    expect(content.equals(await whole.downloadToBuffer())).toBe(true);
    expect(content.subarray(0, 2 ** 20).equals(await blocks.downloadToBuffer())).toBe(true);
    await copy.uploadRangeFromURL(whole.url, 2 ** 20, 0, 2 ** 20, { sourceAuthorization: token });
    expect((await copy.downloadToBuffer(0, 2 ** 20)).equals(content.subarray(2 ** 20, 2 ** 21))).toBe(true);
    expect(await failure(whole.syncUploadFromURL(file.url, { sourceAuthorization: token }))).toBe(
      '400 CannotVerifyCopySource',
    );
    const { counts } = (await world.admin('GET', '/journal/summary?service=file')) as {
      counts: { account: string; operation: string; internal: boolean; count: number }[];
    };
    const figures = counts.map(({ account, operation, internal, count }) => [
      account,
      operation,
      internal,
      count,
    ]);
    expect(figures).toEqual(
      expect.arrayContaining([
        ['dstacct', 'PutRangeFromUrl', false, 3],
        ['srcacct', 'GetFile', true, 3],
        ['srcacct', 'GetFile', true, 1],
      ]),
    );
  });
});

const everything = ['oid-worker', 'oid-guest'].flatMap((identity) =>
  ['srcacct', 'dstacct'].map((account) => ({
    identity,
    account,
    actions: ['read', 'write', 'delete', 'tags', 'shares'],
  })),
);
