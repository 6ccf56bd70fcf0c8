import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { failure } from './cloud-world.js';
import { openCopyWorld } from './copy-world.js';

const { world, token, content, sourceUrl, destinationUrl, put, sasOfSource } = await openCopyWorld();
afterAll(() => world.stop());

describe('a foreign source', () => {
  it('is read without x-ms headers, with its properties, and its refusal has a status but no code', async () => {
    const seen: (string | undefined)[] = [];
    const host = createServer((incoming, outgoing) => {
      seen.push(...Object.keys(incoming.headers).filter((name) => name.startsWith('x-ms-')));
      if (incoming.url === '/secret') outgoing.writeHead(403).end('no');
      // No length: the reply is chunked.
      else outgoing.writeHead(200, { 'Content-Type': 'image/x' }).end('foreign bytes');
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const origin = `http://localhost:${String((host.address() as AddressInfo).port)}`;
    const good = await put('foreign', {
      'x-ms-copy-source': `${origin}/a%2Fb`,
      'x-ms-copy-source-authorization': '',
    });
    const bad = await put('never', {
      'x-ms-copy-source': `${origin}/secret`,
      'x-ms-copy-source-authorization': '',
    });
    host.closeAllConnections();
    host.close();
    expect(good.status).toBe(201);
    expect((await world.blob(world.destination, 'box', 'foreign').getProperties()).contentType).toBe(
      'image/x',
    );
    expect([bad.status, bad.headers['x-ms-copy-source-status-code']]).toEqual([403, '403']);
    expect(bad.body).toContain('<CopySourceErrorMessage>Forbidden</CopySourceErrorMessage>');
    expect(bad.body).not.toContain('CopySourceErrorCode');
    expect(seen).toEqual([]);
  });
});

describe('Put Block From URL', () => {
  const id = (i: number): string => Buffer.from(String(i).padStart(6, '0')).toString('base64');

  it('stages ranges, by bearer and by key, that commit to the same content', async () => {
    for (let i = 0; i < 3; i += 1) {
      const reply = await world.raw(
        'PUT',
        `${destinationUrl('blocks')}?comp=block&blockid=${encodeURIComponent(id(i))}`,
        {
          Authorization: token,
          'x-ms-copy-source': sourceUrl(),
          'x-ms-copy-source-authorization': token,
          'x-ms-source-range': `bytes=${String(i * 100_000)}-${String(i * 100_000 + 99_999)}`,
        },
      );
      expect(reply.status).toBe(201);
      expect(reply.headers['x-ms-content-crc64']).toBeDefined();
    }
    const target = world.blob(world.destination, 'box', 'blocks');
    await target.commitBlockList([id(0), id(1), id(2)]);
    expect(content.equals(await target.downloadToBuffer())).toBe(true);
    const sas = await sasOfSource('r');
    expect(await failure(target.stageBlockFromURL(id(4), sas, 250_000, 100_000))).toBe('416 InvalidRange');
    expect(await failure(target.stageBlockFromURL(id(4), sas, 400_000, 10))).toBe(
      '416 CannotVerifyCopySource',
    );
  });

  it('answers with the CRC-64/NVME of the block', async () => {
    await world.blob(world.source, 'box', 'check').upload('123456789', 9);
    const reply = await world.raw(
      'PUT',
      `${destinationUrl('crc')}?comp=block&blockid=${encodeURIComponent(id(0))}`,
      {
        Authorization: token,
        'x-ms-copy-source': sourceUrl('check'),
        'x-ms-copy-source-authorization': token,
      },
    );
    expect(reply.headers['x-ms-content-crc64']).toBe('iJh5CoYUi64=');
  });
});

describe('Append Block and Put Page From URL', () => {
  it('append to an append blob and write pages of a page blob', async () => {
    const box = world.owner(world.destination).getContainerClient('box');
    const sas = await sasOfSource('r');
    const log = box.getAppendBlobClient('log');
    await log.create();
    await log.appendBlockFromURL(sas, 0, 9);
    await log.appendBlockFromURL(sas, 9, 9);
    expect((await log.downloadToBuffer()).toString()).toBe('tranship tranship ');
    const disk = box.getPageBlobClient('disk');
    await disk.create(1024);
    await disk.uploadPagesFromURL(sas, 0, 512, 512);
    expect(content.subarray(0, 512).equals(await disk.downloadToBuffer(512, 512))).toBe(true);
    expect(await failure(disk.startCopyIncremental(`${sas}&snapshot=now`))).toBe('501 NotImplemented');
  });
});

describe('Copy Blob', () => {
  it('from a URL, synchronously, answers 202 with success', async () => {
    const copied = await world
      .blob(world.destination, 'box', 'sync')
      .syncCopyFromURL(await sasOfSource('r'), {});
    expect(copied.copyStatus).toBe('success');
    expect(copied.copyId).toBeDefined();
  });

  it('asynchronously needs the right to the source, and never tells the SAS', async () => {
    const sas = await sasOfSource('r');
    const target = world.blob(world.destination, 'box', 'async');
    const poller = await target.beginCopyFromURL(sas);
    expect((await poller.pollUntilDone()).copyStatus).toBe('success');
    expect((await target.getProperties()).copySource).toBe(sourceUrl());
    expect(await failure(target.beginCopyFromURL(sourceUrl()))).toBe('401 CannotVerifyCopySource');
  });

  it('asynchronously within one account goes by the right of the caller, and brings back what is archived', async () => {
    const archived = world.blob(world.source, 'box', 'archived');
    await archived.upload('cold', 4, { tier: 'Archive' });
    const reply = await put('never', { 'x-ms-copy-source': archived.url });
    expect([reply.status, reply.headers['x-ms-copy-source-error-code']]).toEqual([409, 'BlobArchived']);
    const warm = world.blob(world.source, 'box', 'warm');
    await (await warm.beginCopyFromURL(archived.url, { tier: 'Hot' })).pollUntilDone();
    expect((await warm.downloadToBuffer()).toString()).toBe('cold');
  });
});
