import { createHash, randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from './cloud-world.js';
import type { FilesWorld } from './files-world.js';
import { collected, fileWith, openFilesWorld, rangesOf, sdks } from './files-world.js';

let world: FilesWorld;
beforeAll(async () => {
  world = await openFilesWorld();
});
afterAll(async () => {
  // Huge files go first: what stays is read through for secrets, byte by byte.
  const service = world.files(sdks[0][1], world.source);
  for (const { name } of await collected(service.listShares())) await service.deleteShare(name);
  await world.stop();
});

const MiB = 2 ** 20;
const TiB = 2 ** 40;

describe.each(sdks)('ranges of files by storage-file-share %s', (version, sdk) => {
  const named = (text: string): string => `${text}-${version.replace('.', '-')}`;

  it('holds sparse files of 4 TiB, and lists what was written and not cleared', async () => {
    const share = await world.share(sdk, named('sparse'));
    const file = share.rootDirectoryClient.getFileClient('huge');
    await file.create(4 * TiB);
    await file.uploadRange('end', 4 * TiB - 3, 3);
    await file.uploadRange(Buffer.alloc(MiB, 1), 512, MiB);
    await file.uploadRange(Buffer.alloc(MiB, 2), 512 + MiB, MiB);
    await file.clearRange(1024, 512);
    expect(await rangesOf(world, file)).toEqual([
      [512, 1023],
      [1536, 512 + 2 * MiB - 1],
      [4 * TiB - 3, 4 * TiB - 1],
    ]);
    expect(await rangesOf(world, file, 'bytes=600-1599')).toEqual([
      [600, 1023],
      [1536, 1599],
    ]);
    const part = await file.downloadToBuffer(510, 1028);
    expect(
      part.equals(
        Buffer.concat([Buffer.alloc(2), Buffer.alloc(512, 1), Buffer.alloc(512), Buffer.alloc(2, 1)]),
      ),
    ).toBe(true);
    expect((await file.downloadToBuffer(4 * TiB - 5, 5)).toString()).toBe('\0\0end');
    expect((await share.getStatistics()).shareUsageBytes).toBe(2 * MiB - 512 + 3);
    const url = `${file.url}?over`;
    const over = await world.raw('PUT', url, {
      Authorization: await world.token(),
      'x-ms-file-request-intent': 'backup',
      'x-ms-type': 'file',
      'x-ms-content-length': String(4 * TiB + 1),
    });
    expect([over.status, over.headers['x-ms-error-code']]).toEqual([400, 'InvalidHeaderValue']);
    await file.delete();
  });

  it('cuts and grows a file, and what comes back is zeros', async () => {
    const share = await world.share(sdk, named('resize'));
    const file = await fileWith(share, 'f', 'abcdef');
    await file.resize(3);
    await file.resize(6);
    expect((await file.downloadToBuffer()).toString()).toBe('abc\0\0\0');
    expect(await rangesOf(world, file)).toEqual([[0, 2]]);
    await file.create(2);
    expect((await file.downloadToBuffer()).toString()).toBe('\0\0');
  });

  it('answers ranges with their checksum, and refuses those beyond the end', async () => {
    const share = await world.share(sdk, named('checked'));
    const content = randomBytes(5000);
    const file = await fileWith(share, 'f', content);
    const reply = await file.download(1000, 2000, { rangeGetContentMD5: true });
    expect(Buffer.from(reply.contentMD5 ?? []).toString('base64')).toBe(
      createHash('md5').update(content.subarray(1000, 3000)).digest('base64'),
    );
    expect(reply.contentRange).toBe('bytes 1000-2999/5000');
    expect(await failure(file.download(5000, 1))).toBe('416 InvalidRange');
    expect(await failure(file.uploadRange('x', 5000, 1))).toBe('416 InvalidRange');
    const wrong = createHash('md5').update('other').digest();
    expect(await failure(file.uploadRange('x', 0, 1, { contentMD5: wrong }))).toBe('400 Md5Mismatch');
    const good = createHash('md5').update('x').digest();
    const { contentMD5 } = await file.uploadRange('x', 0, 1, { contentMD5: good });
    expect(Buffer.from(contentMD5 ?? []).equals(good)).toBe(true);
    const empty = await fileWith(share, 'empty', '');
    expect((await empty.downloadToBuffer()).length).toBe(0);
  });

  it('refuses ranges from a URL that are too long, uneven, beyond the source or of another checksum', async () => {
    const share = await world.share(sdk, named('url-rules'));
    const source = await fileWith(share, 'source', randomBytes(3000));
    const target = share.rootDirectoryClient.getFileClient('target');
    await target.create(5 * MiB);
    const sourceAuthorization = { scheme: 'Bearer', value: (await world.token()).slice('Bearer '.length) };
    const byToken = (await world.filesByToken(sdk, world.source, 'backup'))
      .getShareClient(named('url-rules'))
      .rootDirectoryClient.getFileClient('target');
    const copy = (offset: number, count: number, crc?: Uint8Array): Promise<unknown> =>
      byToken.uploadRangeFromURL(source.url, offset, 0, count, {
        sourceAuthorization,
        ...(crc === undefined ? {} : { sourceContentCrc64: crc }),
      });
    expect(await failure(copy(0, 3001))).toBe('416 InvalidRange');
    expect(await failure(copy(3000, 1))).toBe('416 CannotVerifyCopySource');
    expect(await failure(copy(0, 3000, new Uint8Array(8)))).toBe('400 Crc64Mismatch');
    const raw = async (range: string, sourceRange: string): Promise<unknown[]> => {
      const { status, headers } = await world.raw('PUT', `${target.url}?comp=range`, {
        Authorization: await world.token(),
        'x-ms-file-request-intent': 'backup',
        'x-ms-write': 'update',
        'x-ms-range': range,
        'x-ms-source-range': sourceRange,
        'x-ms-copy-source': source.url,
        'x-ms-copy-source-authorization': await world.token(),
      });
      return [status, headers['x-ms-error-code'] ?? headers['x-ms-content-crc64']];
    };
    const [, crc] = await raw('bytes=0-2999', 'bytes=0-2999');
    await copy(0, 3000, Buffer.from(String(crc), 'base64'));
    expect(await raw('bytes=0-9', 'bytes=0-10')).toEqual([400, 'InvalidHeaderValue']);
    expect(await raw('bytes=0-4194304', 'bytes=0-4194304')).toEqual([413, 'RequestBodyTooLarge']);
    expect(await raw('bytes=5242880-5242880', 'bytes=0-0')).toEqual([416, 'InvalidRange']);
  });

  it('keeps the bytes of a sparse file on disk, and only those', async () => {
    const share = await world.share(sdk, named('on-disk'));
    const file = share.rootDirectoryClient.getFileClient('f');
    await file.create(TiB);
    await file.uploadRange(Buffer.alloc(MiB, 3), TiB - MiB, MiB);
    const folder = `${world.stateDirectory}/files/accounts/srcacct/${named('on-disk')}`;
    const { size, blocks } = await stat(`${folder}/content/1-1`);
    expect(size).toBe(TiB);
    expect(blocks * 512).toBeLessThan(2 * MiB);
    await file.delete();
    await expect(stat(`${folder}/content/1-1`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
