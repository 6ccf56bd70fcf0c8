import type { ShareServiceClient, UserDelegationKey } from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from './cloud-world.js';
import type { FilesWorld } from './files-world.js';
import { collected, fileWith, openFilesWorld, sdks } from './files-world.js';

let world: FilesWorld;
beforeAll(async () => {
  world = await openFilesWorld();
});
afterAll(() => world.stop());

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

describe.each(sdks)('access to Azure Files by storage-file-share %s', (version, sdk) => {
  const named = (text: string): string => `${text}-${version.replace('.', '-')}`;

  it('holds an account SAS to its services, resource types and permissions', async () => {
    const share = await world.share(sdk, named('account'));
    await fileWith(share, 'f', 'content');
    const by = (permissions: string, resourceTypes: string, services = 'f'): ShareServiceClient => {
      const sas = sdk.generateAccountSASQueryParameters(
        {
          expiresOn: inAnHour(),
          permissions: sdk.AccountSASPermissions.parse(permissions),
          resourceTypes,
          services,
        },
        world.fileKey(sdk, world.source),
      );
      return new sdk.ShareServiceClient(`${world.source.fileEndpoint}?${sas.toString()}`);
    };
    const fileBy = (
      service: ShareServiceClient,
    ): ReturnType<typeof share.rootDirectoryClient.getFileClient> =>
      service.getShareClient(share.name).rootDirectoryClient.getFileClient('f');
    expect((await fileBy(by('r', 'o')).downloadToBuffer()).toString()).toBe('content');
    expect(await failure(fileBy(by('r', 'o')).delete())).toBe('403 AuthorizationPermissionMismatch');
    expect(await failure(fileBy(by('r', 'c')).downloadToBuffer())).toBe(
      '403 AuthorizationResourceTypeMismatch',
    );
    expect(await failure(fileBy(by('r', 'o', 'b')).downloadToBuffer())).toBe(
      '403 AuthorizationServiceMismatch',
    );
    const names = (await collected(by('l', 's').listShares())).map(({ name }) => name);
    expect(names).toContain(share.name);
    await by('c', 'c').getShareClient(`${share.name}-new`).create();
  });

  it('holds the SAS of a share, and of a file, to its place, time and permissions', async () => {
    const share = await world.share(sdk, named('service'));
    const file = await fileWith(share, 'f', 'content');
    await fileWith(share, 'g', 'other');
    const whole = share.generateSasUrl({
      permissions: sdk.ShareSASPermissions.parse('rl'),
      expiresOn: inAnHour(),
    });
    const byShare = new sdk.ShareClient(whole);
    expect(await collected(byShare.rootDirectoryClient.listFilesAndDirectories())).toHaveLength(2);
    expect(await failure(byShare.delete())).toBe('403 AuthorizationResourceTypeMismatch');
    const url = (permissions: string, expiresOn = inAnHour()): string =>
      file.generateSasUrl({ permissions: sdk.FileSASPermissions.parse(permissions), expiresOn });
    const read = new sdk.ShareFileClient(url('r'));
    expect((await read.downloadToBuffer()).toString()).toBe('content');
    expect(await failure(read.setMetadata({}))).toBe('403 AuthorizationPermissionMismatch');
    expect(await failure(new sdk.ShareFileClient(url('r').replace('/f?', '/g?')).getProperties())).toBe(
      '403 AuthenticationFailed',
    );
    expect(
      await failure(new sdk.ShareFileClient(url('r', new Date(Date.now() - 1000))).getProperties()),
    ).toBe('403 AuthenticationFailed');
    expect(await failure(new sdk.ShareFileClient(url('r').replace('sp=r', 'sp=rw')).getProperties())).toBe(
      '403 AuthenticationFailed',
    );
  });

  it('lets a stored access policy say what a SAS grants, until it is taken away', async () => {
    const share = await world.share(sdk, named('policy'));
    const file = await fileWith(share, 'f', 'content');
    await share.setAccessPolicy([
      { id: 'readers', accessPolicy: { permissions: 'r', expiresOn: inAnHour(), startsOn: new Date(0) } },
    ]);
    const { signedIdentifiers } = await share.getAccessPolicy();
    expect(signedIdentifiers).toMatchObject([{ id: 'readers', accessPolicy: { permissions: 'r' } }]);
    const byPolicy = new sdk.ShareFileClient(file.generateSasUrl({ identifier: 'readers' }));
    expect((await byPolicy.downloadToBuffer()).toString()).toBe('content');
    expect(await failure(byPolicy.delete())).toBe('403 AuthorizationPermissionMismatch');
    await share.setAccessPolicy([]);
    expect(await failure(byPolicy.downloadToBuffer())).toBe('403 AuthenticationFailed');
  });

  it('binds a user delegation SAS by the roles of who asked for the key', async () => {
    const share = await world.share(sdk, named('delegated'));
    const file = await fileWith(share, 'f', 'content');
    const service = await world.filesByToken(sdk, world.source, 'backup');
    const key: UserDelegationKey = await service.getUserDelegationKey(
      new Date(Date.now() - 60_000),
      inAnHour(),
    );
    const url = (permissions: string): string =>
      file.generateUserDelegationSasUrl(
        { permissions: sdk.ShareSASPermissions.parse(permissions), expiresOn: inAnHour() },
        key,
      );
    expect((await new sdk.ShareFileClient(url('r')).downloadToBuffer()).toString()).toBe('content');
    expect(await failure(new sdk.ShareFileClient(url('r')).delete())).toBe(
      '403 AuthorizationPermissionMismatch',
    );
    await world.admin('PUT', '/roles', [{ identity: 'oid-worker', account: 'srcacct', actions: ['read'] }]);
    expect(await failure(new sdk.ShareFileClient(url('rd')).delete())).toBe(
      '403 AuthorizationPermissionMismatch',
    );
    await world.admin('PUT', '/roles', []);
    expect(await failure(new sdk.ShareFileClient(url('r')).getProperties())).toBe(
      '403 AuthorizationPermissionMismatch',
    );
    await world.admin('PUT', '/roles', [
      {
        identity: 'oid-worker',
        account: 'srcacct',
        actions: ['read', 'write', 'delete', 'tags', 'shares', 'delegate'],
      },
    ]);
  });

  it('refuses a wrong key, no credential, a token of yesterday, and throttles as blobs do', async () => {
    const share = await world.share(sdk, named('refused'));
    const wrong = new sdk.ShareServiceClient(
      world.source.fileEndpoint,
      new sdk.StorageSharedKeyCredential(world.source.name, Buffer.alloc(64).toString('base64')),
      { retryOptions: { maxTries: 1 } },
    );
    expect(await failure(wrong.getShareClient(share.name).getProperties())).toBe('403 AuthenticationFailed');
    const anonymous = await world.raw('GET', `${share.url}?restype=share`);
    expect([anonymous.status, anonymous.headers['x-ms-error-code']]).toEqual([
      401,
      'NoAuthenticationInformation',
    ]);
    expect(anonymous.headers['www-authenticate']).toContain('https://storage.azure.com');
    const stale = await world.raw('GET', `${share.url}?restype=share`, { Authorization: 'Bearer a.b.c' });
    expect([stale.status, stale.headers['x-ms-error-code']]).toEqual([401, 'InvalidAuthenticationInfo']);
    const early = await world.raw('GET', `${share.url}?restype=share`, {
      Authorization: await world.token(),
      'x-ms-file-request-intent': 'backup',
      'x-ms-version': '2021-12-02',
    });
    expect([early.status, early.headers['x-ms-error-code']]).toEqual([400, 'InvalidHeaderValue']);
    await world.admin('PUT', '/throttles', [{ account: 'srcacct', operationsPerSecond: 0.001, burst: 1 }]);
    const replies = [await failure(share.create()), await failure(share.create())];
    await world.admin('PUT', '/throttles', []);
    expect(replies).toEqual(['409 ShareAlreadyExists', '503 ServerBusy']);
  });
});
