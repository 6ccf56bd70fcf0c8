import { createHash } from 'node:crypto';
import { BlobSASPermissions } from '@azure/storage-blob';
import { afterAll, describe, expect, it } from 'vitest';
import { openCopyWorld } from './copy-world.js';

const { world, token, content, sourceUrl, destinationUrl, put, sasOfSource } = await openCopyWorld();
afterAll(() => world.stop());

describe('Put Blob From URL', () => {
  it('copies content, properties and metadata in their case, and answers with the MD5 it stores', async () => {
    const reply = await put('whole');
    const md5 = createHash('md5').update(content).digest('base64');
    expect([reply.status, reply.headers['content-md5']]).toEqual([201, md5]);
    const copy = world.blob(world.destination, 'box', 'whole');
    expect(content.equals(await copy.downloadToBuffer())).toBe(true);
    const head = await copy.getProperties();
    expect(head).toMatchObject({ contentType: 'text/odd', cacheControl: 'no-cache' });
    expect(Buffer.from(head.contentMD5 ?? []).toString('base64')).toBe(md5);
    for await (const item of world
      .owner(world.destination)
      .getContainerClient('box')
      .listBlobsFlat({ prefix: 'whole', includeMetadata: true })) {
      expect(item.metadata).toEqual({ CamelCase: 'kept' });
    }
  });

  it('copies every name, however odd, to the same name', async () => {
    const names = [
      'a/../b',
      'a//b',
      './x',
      'q?x=1&y',
      'h#ash',
      'pl+us',
      '%2F',
      'ü/日本😀',
      ' ',
      'quote\'"',
      'trail/',
    ];
    for (const name of names) {
      const encoded = [...Buffer.from(name)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      await world.blob(world.source, 'box', encoded).upload(name, Buffer.byteLength(name));
      const reply = await put(encoded, { 'x-ms-copy-source': sourceUrl(encoded) });
      expect(reply.status, name).toBe(201);
    }
    const found: string[] = [];
    for await (const item of world.owner(world.destination).getContainerClient('box').listBlobsFlat()) {
      found.push(item.name);
    }
    expect(found).toEqual(expect.arrayContaining(names));
  });

  it('takes a SAS or a public source, with a key, a bearer or a SAS at the destination', async () => {
    const open = world.owner(world.source).getContainerClient('public');
    await open.create({ access: 'blob' });
    await open.getBlockBlobClient('p').upload('open', 4);
    const sas = await sasOfSource('r');
    expect(
      (await put('by-sas', { 'x-ms-copy-source': sas, 'x-ms-copy-source-authorization': '' })).status,
    ).toBe(201);
    await world
      .blob(world.destination, 'box', 'by-key')
      .syncUploadFromURL(`${world.source.blobEndpoint}/public/p`);
    const target = world.blob(world.destination, 'box', 'to-sas');
    const targetSas = await target.generateSasUrl({
      permissions: BlobSASPermissions.parse('cw'),
      expiresOn: new Date(Date.now() + 3600_000),
    });
    const reply = await world.raw('PUT', targetSas, {
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-copy-source': sas,
    });
    expect(reply.status).toBe(201);
    expect((await target.getProperties()).contentLength).toBe(content.length);
    expect((await world.blob(world.destination, 'box', 'by-key').downloadToBuffer()).toString()).toBe('open');
  });

  it('sets tier, tags and metadata as asked, or copies the tags', async () => {
    await put('asked', { 'x-ms-access-tier': 'Cool', 'x-ms-tags': 'a=b', 'x-ms-meta-Own': '1' });
    const asked = world.blob(world.destination, 'box', 'asked');
    expect(await asked.getProperties()).toMatchObject({
      accessTier: 'Cool',
      tagCount: 1,
      metadata: { own: '1' },
    });
    await put('tagged', { 'x-ms-copy-source-tag-option': 'COPY' });
    const { tags } = await world.blob(world.destination, 'box', 'tagged').getTags();
    expect(tags).toEqual({ 'key 1': 'a+b=c' });
    expect((await put('both', { 'x-ms-copy-source-tag-option': 'COPY', 'x-ms-tags': 'a=b' })).status).toBe(
      409,
    );
  });

  it('holds to conditions and checksums of both sides', async () => {
    await put('pinned');
    const { etag = '' } = await world.blob(world.source, 'box', 'src').getProperties();
    const cases: [Record<string, string>, number, string][] = [
      [{ 'If-None-Match': '*' }, 409, 'BlobAlreadyExists'],
      [{ 'If-Match': '"0x1"' }, 412, 'ConditionNotMet'],
      [{ 'x-ms-source-if-match': '"0x1"' }, 412, 'SourceConditionNotMet'],
      [{ 'x-ms-source-if-none-match': etag }, 412, 'SourceConditionNotMet'],
      [{ 'x-ms-source-content-md5': createHash('md5').digest('base64') }, 400, 'Md5Mismatch'],
    ];
    for (const [headers, status, code] of cases) {
      const reply = await put('pinned', headers);
      expect([reply.status, reply.headers['x-ms-error-code']], JSON.stringify(headers)).toEqual([
        status,
        code,
      ]);
    }
  });

  it('tells exactly why a source could not be read', async () => {
    const cases: [Record<string, string>, number, string | undefined][] = [
      [{ 'x-ms-copy-source-authorization': '' }, 401, 'NoAuthenticationInformation'],
      [{ 'x-ms-copy-source-authorization': 'Bearer x.y.z' }, 401, 'InvalidAuthenticationInfo'],
      [{ 'x-ms-copy-source': sourceUrl('none') }, 404, 'BlobNotFound'],
      [
        {
          'x-ms-copy-source': await sasOfSource('d'),
          'x-ms-copy-source-authorization': '',
        },
        403,
        'AuthorizationPermissionMismatch',
      ],
      [{ 'x-ms-copy-source': 'https://127.0.0.1:1/a/b' }, 404, undefined],
      [{ 'x-ms-copy-source': 'https://example.com/a/b' }, 404, undefined],
    ];
    for (const [headers, status, code] of cases) {
      const reply = await put('never', headers);
      expect(
        [reply.status, reply.headers['x-ms-error-code'], reply.headers['x-ms-copy-source-error-code']],
        JSON.stringify(Object.keys(headers)),
      ).toEqual([status, 'CannotVerifyCopySource', code]);
      if (code !== undefined) {
        expect(reply.body).toContain(
          `<CopySourceStatusCode>${String(status)}</CopySourceStatusCode><CopySourceErrorCode>${code}</CopySourceErrorCode>`,
        );
      }
    }
  });

  it('refuses a body, a long source and what is over the limit', async () => {
    const body = await world.raw(
      'PUT',
      destinationUrl('never'),
      { Authorization: token, 'x-ms-blob-type': 'BlockBlob', 'x-ms-copy-source': sourceUrl() },
      'body',
    );
    expect([body.status, body.headers['x-ms-error-code']]).toEqual([400, 'InvalidHeaderValue']);
    expect((await put('never', { 'x-ms-copy-source': sourceUrl('x'.repeat(2048)) })).status).toBe(400);
    await world.admin('PUT', '/limits', { putBlobFromUrlBytes: content.length - 1 });
    const large = await put('never');
    await world.admin('PUT', '/limits', {});
    expect([large.status, large.headers['x-ms-error-code']]).toEqual([409, 'CannotVerifyCopySource']);
  });

  it('refuses a SharedKey signature that is wrong before it signs anything itself', async () => {
    const reply = await put('never', {
      Authorization: `SharedKey ${world.destination.name}:AAAA`,
      'x-ms-date': new Date().toUTCString(),
    });
    expect([reply.status, reply.headers['x-ms-error-code']]).toEqual([403, 'AuthenticationFailed']);
  });
});
