import type { ShareFileClient } from '@azure/storage-file-share';
import { BlobSASPermissions } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from './cloud-world.js';
import type { FilesWorld } from './files-world.js';
import { fileWith, openFilesWorld, sdks } from './files-world.js';

let world: FilesWorld;
beforeAll(async () => {
  world = await openFilesWorld();
});
afterAll(() => world.stop());

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

async function statusOf(file: ShareFileClient): Promise<string | undefined> {
  return (await file.getProperties()).copyStatus;
}

describe.each(sdks)('Copy File by storage-file-share %s', (version, sdk) => {
  const named = (text: string): string => `${text}-${version.replace('.', '-')}`;

  it('copies a file of the same account by the same key, with what belongs to it', async () => {
    const share = await world.share(sdk, named('same'));
    const source = await fileWith(share, 'from', 'the content');
    await source.setMetadata({ a: 'b' });
    await source.setHttpHeaders({ fileContentType: 'text/odd' });
    const then = new Date('2003-03-03T03:03:03.003Z');
    await source.setProperties({ fileHttpHeaders: { fileContentType: 'text/odd' }, lastWriteTime: then });
    const copy = share.rootDirectoryClient.getFileClient('to');
    const { copyId, copyStatus } = await copy.startCopyFromURL(source.url, {
      copyFileSmbInfo: { fileLastWriteTime: 'source', fileAttributes: 'source', setArchiveAttribute: true },
    });
    expect(copyStatus).toBe('success');
    expect((await copy.downloadToBuffer()).toString()).toBe('the content');
    expect(await copy.getProperties()).toMatchObject({
      metadata: { a: 'b' },
      contentType: 'text/odd',
      fileLastWriteOn: then,
      copyId,
      copyStatus: 'success',
      copyProgress: '11/11',
    });
    await copy.uploadRange('T', 0, 1);
    expect((await source.downloadToBuffer()).toString()).toBe('the content');
  });

  it('copies a blob, and a file of another account, by SAS alone', async () => {
    const blobs = world.owner(world.destination).getContainerClient(named('blobs'));
    await blobs.create();
    const blob = blobs.getBlockBlobClient('b');
    await blob.upload('from a blob', 11, { metadata: { k: 'v' } });
    const sas = await blob.generateSasUrl({
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: inAnHour(),
    });
    const share = await world.share(sdk, named('other'));
    const copy = share.rootDirectoryClient.getFileClient('copy');
    await copy.startCopyFromURL(sas);
    expect((await copy.downloadToBuffer()).toString()).toBe('from a blob');
    expect((await copy.getProperties()).copySource).toBe(blob.url);
    const elsewhere = world.files(sdk, world.destination).getShareClient(named('other'));
    await elsewhere.create();
    const target = elsewhere.rootDirectoryClient.getFileClient('copy');
    expect(await failure(target.startCopyFromURL(copy.url))).toBe('401 CannotVerifyCopySource');
    const permissions = sdk.FileSASPermissions.parse('r');
    await target.startCopyFromURL(copy.generateSasUrl({ permissions, expiresOn: inAnHour() }));
    expect((await target.downloadToBuffer()).toString()).toBe('from a blob');
  });

  it('is pending while it lasts, when nobody else may write, and can be aborted', async () => {
    const share = await world.share(sdk, named('pending'));
    const source = await fileWith(share, 'from', 'content');
    await world.admin('PUT', '/limits', { copyFilePendingMs: 60_000 });
    const copy = share.rootDirectoryClient.getFileClient('to');
    const { copyId = '', copyStatus } = await copy.startCopyFromURL(source.url);
    await world.admin('PUT', '/limits', {});
    expect(copyStatus).toBe('pending');
    expect(await copy.getProperties()).toMatchObject({ copyProgress: '0/7', contentLength: 7 });
    expect(await failure(copy.uploadRange('x', 0, 1))).toBe('409 PendingCopyOperation');
    expect(await failure(copy.delete())).toBe('409 PendingCopyOperation');
    await copy.abortCopyFromURL(copyId);
    expect(await copy.getProperties()).toMatchObject({ copyStatus: 'aborted', contentLength: 0 });
    expect(await failure(copy.abortCopyFromURL(copyId))).toBe('409 NoPendingCopyOperation');
    await copy.delete();
  });

  it('ends in success by itself, or in failure when the source breaks off', async () => {
    const share = await world.share(sdk, named('ends'));
    const source = await fileWith(share, 'from', Buffer.alloc(100_000, 1));
    await world.admin('PUT', '/limits', { copyFilePendingMs: 50 });
    const good = share.rootDirectoryClient.getFileClient('good');
    expect((await good.startCopyFromURL(source.url)).copyStatus).toBe('pending');
    await expect.poll(() => statusOf(good)).toBe('success');
    await world.admin('POST', '/faults', { service: 'file', side: 'source', truncateAfterBytes: 10 });
    const bad = share.rootDirectoryClient.getFileClient('bad');
    await bad.startCopyFromURL(source.url);
    await expect.poll(() => statusOf(bad)).toBe('failed');
    await world.admin('DELETE', '/faults');
    await world.admin('PUT', '/limits', {});
    expect((await bad.getProperties()).copyStatusDescription).toContain('InternalError');
  });

  it('overwrites a read-only file only when told to', async () => {
    const share = await world.share(sdk, named('over'));
    const source = await fileWith(share, 'from', 'new');
    const target = await fileWith(share, 'to', 'old');
    await target.setProperties({ fileAttributes: sdk.FileSystemAttributes.parse('ReadOnly') });
    expect(await failure(target.startCopyFromURL(source.url))).toBe('409 ReadOnlyAttribute');
    await target.startCopyFromURL(source.url, { copyFileSmbInfo: { ignoreReadOnly: true } });
    expect((await target.downloadToBuffer()).toString()).toBe('new');
  });

  it('heeds the lease of a file', async () => {
    const share = await world.share(sdk, named('lease'));
    const file = await fileWith(share, 'f', 'content');
    const lease = file.getShareLeaseClient();
    await lease.acquireLease();
    expect((await file.getProperties()).leaseState).toBe('leased');
    expect(await failure(file.setMetadata({ a: 'b' }))).toBe('412 LeaseIdMissing');
    await file.setMetadata({ a: 'b' }, { leaseAccessConditions: { leaseId: lease.leaseId } });
    expect(await failure(file.getShareLeaseClient().acquireLease())).toBe('409 LeaseAlreadyPresent');
    await lease.releaseLease();
    await file.delete();
  });
});
