import type { ShareFileClient } from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from './cloud-world.js';
import type { FilesWorld } from './files-world.js';
import { collected, fileWith, openFilesWorld, sdks } from './files-world.js';

let world: FilesWorld;
beforeAll(async () => {
  world = await openFilesWorld();
});
afterAll(() => world.stop());

describe.each(sdks)('share snapshots by storage-file-share %s', (version, sdk) => {
  const named = (text: string): string => `${text}-${version.replace('.', '-')}`;

  it('hold the share as it was: names, content, metadata, ranges', async () => {
    const share = await world.share(sdk, named('frozen'));
    const directory = share.getDirectoryClient('dir');
    await directory.create();
    const file = await fileWith(share, 'dir/f', 'before');
    await file.setMetadata({ state: 'old' });
    await fileWith(share, 'gone', 'x');
    const { snapshot = '' } = await share.createSnapshot({ metadata: { why: 'backup' } });
    await file.uploadRange('AFTER!', 0, 6);
    await file.setMetadata({ state: 'new' });
    await share.rootDirectoryClient.getFileClient('gone').delete();
    await fileWith(share, 'later', 'y');
    const then = share.withSnapshot(snapshot);
    const was = then.getDirectoryClient('dir').getFileClient('f');
    expect((await was.downloadToBuffer()).toString()).toBe('before');
    expect((await was.getProperties()).metadata).toEqual({ state: 'old' });
    expect((await file.downloadToBuffer()).toString()).toBe('AFTER!');
    const names = await collected(then.rootDirectoryClient.listFilesAndDirectories());
    expect(names.map(({ name }) => name).sort()).toEqual(['dir', 'gone']);
    expect((await then.getProperties()).metadata).toEqual({ why: 'backup' });
    expect(await failure(was.uploadRange('x', 0, 1))).toBe('400 InvalidQueryParameterValue');
    expect(await failure(share.withSnapshot('2020-01-01T00:00:00.0000000Z').getProperties())).toBe(
      '404 ShareSnapshotNotFound',
    );
  });

  it('are listed with their share, and deleted alone or with it', async () => {
    const share = await world.share(sdk, named('several'));
    await fileWith(share, 'f', 'content');
    const first = (await share.createSnapshot()).snapshot ?? '';
    const second = (await share.createSnapshot()).snapshot ?? '';
    const listed = async (): Promise<(string | undefined)[]> => {
      const service = world.files(sdk, world.source);
      const items = await collected(service.listShares({ prefix: named('several'), includeSnapshots: true }));
      return items.map(({ snapshot }) => snapshot);
    };
    expect(await listed()).toEqual([first, second, undefined]);
    await share.withSnapshot(first).delete();
    expect(await listed()).toEqual([second, undefined]);
    const kept = share.withSnapshot(second).rootDirectoryClient.getFileClient('f');
    expect((await kept.downloadToBuffer()).toString()).toBe('content');
    expect(await failure(share.delete())).toBe('409 ShareHasSnapshots');
    await share.delete({ deleteSnapshots: 'include' });
    expect(await listed()).toEqual([]);
  });

  it('tell what was written and cleared since', async () => {
    const share = await world.share(sdk, named('since'));
    const file = await fileWith(share, 'f', Buffer.alloc(4096, 1));
    const { snapshot = '' } = await share.createSnapshot();
    await file.uploadRange(Buffer.alloc(512, 2), 1024, 512);
    await file.clearRange(2048, 512);
    const since = async (client: ShareFileClient, time: string): Promise<string> => {
      const url = client.url.includes('?') ? `${client.url}&` : `${client.url}?`;
      const { body } = await world.raw('GET', `${url}comp=rangelist&prevsharesnapshot=${time}`, {
        Authorization: await world.token(),
        'x-ms-file-request-intent': 'backup',
      });
      return body.replace(/^.*?<Ranges/, '<Ranges');
    };
    const changes =
      '<Ranges><Range><Start>1024</Start><End>1535</End></Range><ClearRange><Start>2048</Start><End>2559</End></ClearRange></Ranges>';
    expect(await since(file, snapshot)).toBe(changes);
    const next = (await share.createSnapshot()).snapshot ?? '';
    const later = share.withSnapshot(next).rootDirectoryClient.getFileClient('f');
    expect(await since(later, snapshot)).toBe(changes);
    expect(await since(file, next)).toBe('<Ranges/>');
  });

  it('are sources of copies, by URL', async () => {
    const share = await world.share(sdk, named('copied'));
    const file = await fileWith(share, 'f', 'as it was');
    const { snapshot = '' } = await share.createSnapshot();
    await file.uploadRange('rewritten', 0, 9);
    const url = share.withSnapshot(snapshot).rootDirectoryClient.getFileClient('f').url;
    expect(url).toContain('sharesnapshot=');
    const container = (await world.blobsByToken(world.destination)).getContainerClient(named('frozen'));
    await container.create();
    const sourceAuthorization = { scheme: 'Bearer', value: (await world.token()).slice('Bearer '.length) };
    const blob = container.getBlockBlobClient('b');
    await blob.syncUploadFromURL(url, { sourceAuthorization, sourceShareTokenIntent: 'backup' });
    expect((await blob.downloadToBuffer()).toString()).toBe('as it was');
  });
});

describe('List Ranges of the current SDK', () => {
  it('gives ranges and cleared ranges page by page', async () => {
    const [[, sdk]] = sdks;
    const share = await world.share(sdk, 'range-pages');
    const file = await fileWith(share, 'f', Buffer.alloc(8192, 1));
    const { snapshot = '' } = await share.createSnapshot();
    for (const at of [0, 1024, 4096]) await file.uploadRange(Buffer.alloc(512, 2), at, 512);
    for (const at of [2048, 6144]) await file.clearRange(at, 512);
    const pages: [number[], number[]][] = [];
    for await (const { ranges = [], clearRanges = [] } of file
      .listRangesDiff(snapshot)
      .byPage({ maxPageSize: 2 })) {
      pages.push([ranges.map(({ start }) => start), clearRanges.map(({ start }) => start)]);
    }
    expect(pages).toEqual([
      [[0, 1024], []],
      [[4096], [2048]],
      [[], [6144]],
    ]);
    expect((await collected(file.listRanges())).map(({ start, end }) => [start, end])).toEqual([
      [0, 2047],
      [2560, 6143],
      [6656, 8191],
    ]);
  });
});
