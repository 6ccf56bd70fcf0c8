import { FileSystemAttributes } from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawReply } from './cloud-world.js';
import { failure } from './cloud-world.js';
import type { FilesWorld } from './files-world.js';
import { collected, fileWith, openFilesWorld, sdks } from './files-world.js';

let world: FilesWorld;
let token: string;
beforeAll(async () => {
  world = await openFilesWorld();
  token = await world.token();
});
afterAll(() => world.stop());

const sddl = 'O:S-1-5-32-544G:S-1-5-32-544D:(A;;FA;;;S-1-5-32-544)(A;;0x1200a9;;;S-1-5-32-545)';

function send(method: string, url: string, headers: Record<string, string> = {}): Promise<RawReply> {
  return world.raw(method, url, { Authorization: token, 'x-ms-file-request-intent': 'backup', ...headers });
}

describe.each(sdks)('SMB properties by storage-file-share %s', (version, sdk) => {
  const named = (text: string): string => `${text}-${version.replace('.', '-')}`;

  it('keep attributes, and times to 100 ns, also in listings', async () => {
    const share = await world.share(sdk, named('times'));
    const { url } = share.rootDirectoryClient.getFileClient('f');
    const times = {
      'x-ms-file-creation-time': '2001-02-03T04:05:06.7890123Z',
      'x-ms-file-last-write-time': '2011-12-13T14:15:16.1718192Z',
      'x-ms-file-change-time': '2012-12-13T14:15:16.0000001Z',
    };
    const attributes = 'Hidden|readonly|None|Archive';
    const create = await send('PUT', url, {
      'x-ms-type': 'file',
      'x-ms-content-length': '3',
      'x-ms-file-attributes': attributes,
      ...times,
    });
    expect(create.status).toBe(201);
    const head = await send('HEAD', url);
    expect(head.headers).toMatchObject({ ...times, 'x-ms-file-attributes': 'ReadOnly | Hidden | Archive' });
    const list = await send(
      'GET',
      `${share.url}?restype=directory&comp=list&include=Timestamps,Etag,Attributes,PermissionKey`,
      {
        'x-ms-file-extended-info': 'true',
      },
    );
    expect(list.body).toContain('<LastWriteTime>2011-12-13T14:15:16.1718192Z</LastWriteTime>');
    expect(list.body).toContain(`<Etag>${String(head.headers.etag).replaceAll('"', '&quot;')}</Etag>`);
    const [item] = await collected(
      share.rootDirectoryClient.listFilesAndDirectories({
        includeTimestamps: true,
        includeEtag: true,
        includeAttributes: true,
        includePermissionKey: true,
        includeExtendedInfo: true,
      }),
    );
    expect(item?.properties).toMatchObject({
      creationTime: new Date('2001-02-03T04:05:06.789Z'),
      lastWriteTime: new Date('2011-12-13T14:15:16.171Z'),
      etag: head.headers.etag,
    });
    expect(item?.fileId).toBe(head.headers['x-ms-file-id']);
    expect(item?.permissionKey).toBe(head.headers['x-ms-file-permission-key']);
    expect(FileSystemAttributes.parse(item?.attributes ?? '')).toMatchObject({
      readonly: true,
      hidden: true,
    });
    expect(
      (
        await send('PUT', url, {
          'x-ms-type': 'file',
          'x-ms-content-length': '0',
          'x-ms-file-attributes': 'Odd',
        })
      ).status,
    ).toBe(409);
    expect(
      (
        await send('PUT', `${url}2`, {
          'x-ms-type': 'file',
          'x-ms-content-length': '0',
          'x-ms-file-attributes': 'Odd',
        })
      ).status,
    ).toBe(400);
  });

  it('let a write move the last-write time, unless it is to be preserved', async () => {
    const share = await world.share(sdk, named('writes'));
    const file = share.rootDirectoryClient.getFileClient('f');
    const then = new Date('2005-05-05T05:05:05.005Z');
    await file.create(10, { lastWriteTime: then });
    await file.uploadRange('a', 0, 1, { fileLastWrittenMode: 'Preserve' });
    expect((await file.getProperties()).fileLastWriteOn).toEqual(then);
    await file.uploadRange('a', 0, 1);
    expect((await file.getProperties()).fileLastWriteOn?.getTime()).toBeGreaterThan(then.getTime());
    await file.setProperties({ lastWriteTime: then });
    const { etag, fileLastWriteOn, fileChangeOn, lastModified } = await file.getProperties();
    expect([fileLastWriteOn, (fileChangeOn ?? then) > then, (lastModified ?? then) > then]).toEqual([
      then,
      true,
      true,
    ]);
    await file.setMetadata({ a: 'b' });
    const after = await file.getProperties();
    expect(after.etag).not.toBe(etag);
    expect(after.fileLastWriteOn).toEqual(then);
  });

  it('guard a read-only file until the attribute is taken away', async () => {
    const share = await world.share(sdk, named('readonly'));
    const file = await fileWith(share, 'f', 'kept');
    const readOnly = sdk.FileSystemAttributes.parse('ReadOnly');
    const none = sdk.FileSystemAttributes.parse('None');
    await file.setProperties({ fileAttributes: readOnly });
    for (const attempt of [
      () => file.uploadRange('x', 0, 1),
      () => file.create(1),
      () => file.delete(),
      () => file.resize(1),
    ]) {
      expect(await failure(attempt())).toBe('409 ReadOnlyAttribute');
    }
    expect((await file.downloadToBuffer()).toString()).toBe('kept');
    await file.setProperties({ fileAttributes: none });
    expect((await file.getProperties()).fileAttributes).toBe('None');
    await file.delete();
  });

  it('carry permissions by key, inherited from the directory above', async () => {
    const share = await world.share(sdk, named('permissions'));
    const { filePermissionKey: key = '' } = await share.createPermission(sddl);
    expect(key).toMatch(/^\d+\*\d+$/);
    expect((await share.createPermission(sddl)).filePermissionKey).toBe(key);
    expect((await share.getPermission(key)).permission).toBe(sddl);
    const directory = share.getDirectoryClient('d');
    await directory.create({ filePermissionKey: key });
    const child = directory.getFileClient('child');
    await child.create(0);
    expect((await child.getProperties()).filePermissionKey).toBe(key);
    const own = directory.getFileClient('own');
    await own.create(0, { filePermission: 'O:SYG:SYD:(A;;FA;;;SY)' });
    const ownKey = (await own.getProperties()).filePermissionKey ?? '';
    expect((await share.getPermission(ownKey)).permission).toBe('O:SYG:SYD:(A;;FA;;;SY)');
    await own.setProperties({ filePermission: 'inherit' });
    expect((await own.getProperties()).filePermissionKey).toBe(key);
    expect(await failure(share.getPermission('1*1'))).toBe('404 FilePermissionNotFound');
    expect(await failure(own.setProperties({ filePermissionKey: '1*1' }))).toBe('404 FilePermissionNotFound');
    expect(await failure(share.createPermission('nonsense'))).toBe('400 FilePermissionNotValid');
  });

  it('keep the case of metadata names as they were sent', async () => {
    const share = await world.share(sdk, named('metadata'));
    const { url } = share.rootDirectoryClient.getFileClient('f');
    const create = await send('PUT', url, {
      'x-ms-type': 'file',
      'x-ms-content-length': '0',
      'x-ms-meta-CamelCase': 'V',
    });
    expect(create.status).toBe(201);
    expect((await send('HEAD', url)).rawHeaders).toContain('x-ms-meta-CamelCase');
  });

  it('take odd names, tell trailing dots apart when asked, and refuse what Windows cannot name', async () => {
    const share = await world.share(sdk, named('names'));
    const odd = [' leading', 'a%2Fb', '#', '+', '&', "'", '日本😀', 'x'.repeat(255), '~$doc', '．'];
    for (const name of odd) await share.rootDirectoryClient.getFileClient(name).create(0);
    const found = await collected(share.rootDirectoryClient.listFilesAndDirectories());
    expect(found.map(({ name }) => name).sort()).toEqual([...odd].sort());
    const base = `${share.url}/`;
    const create = (name: string, headers: Record<string, string> = {}): Promise<RawReply> =>
      send('PUT', base + name, { 'x-ms-type': 'file', 'x-ms-content-length': '0', ...headers });
    const dots = { 'x-ms-allow-trailing-dot': 'true' };
    expect((await create('dots..', dots)).status).toBe(201);
    expect((await send('HEAD', `${base}dots..`)).status).toBe(404);
    expect((await create('dots..')).status).toBe(201);
    expect((await send('HEAD', `${base}dots`)).status).toBe(200);
    expect((await send('HEAD', `${base}dots..`, dots)).status).toBe(200);
    const bad = [
      '%5C',
      '%3A',
      '%7C',
      '%3C',
      '%3E',
      '%2A',
      '%3F',
      '%22',
      '%01',
      'CON',
      'lpt1',
      '...',
      'y'.repeat(256),
    ];
    for (const name of bad) {
      const reply = await create(name);
      expect([reply.status, reply.headers['x-ms-error-code']], name).toEqual([400, 'InvalidResourceName']);
    }
    const noncharacter = await create('a%EF%BF%BEb');
    expect(noncharacter.status).toBe(201);
    const again = await collected(share.rootDirectoryClient.listFilesAndDirectories({ prefix: 'a\ufffe' }));
    expect(again.map(({ name }) => name)).toEqual(['a\ufffeb']);
  });
});
