import { BlobSASPermissions } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JournalCount, JournalEntry } from '../../src/localhost/cloud/journal.js';
import type { CloudWorld, RawReply } from './cloud-world.js';
import { failure, guest, openCloudWorld, worker } from './cloud-world.js';

let world: CloudWorld;
let token: string;
let everything: unknown;

beforeAll(async () => {
  world = await openCloudWorld();
  token = await world.token();
  everything = ((await world.admin('GET', '/roles')) as { roles: unknown }).roles;
  for (const account of [world.source, world.destination]) {
    await world.owner(account).getContainerClient('box').create();
  }
  await world.blob(world.source, 'box', 'src').upload('source text', 11);
});
afterEach(async () => {
  await world.admin('PUT', '/roles', everything);
  await world.admin('PUT', '/throttles', []);
  await world.admin('DELETE', '/faults');
});
afterAll(() => world.stop());

const sourceUrl = (): string => `${world.source.blobEndpoint}/box/src`;
const destinationUrl = (name: string): string => `${world.destination.blobEndpoint}/box/${name}`;

function copy(name: string, headers: Record<string, string> = {}): Promise<RawReply> {
  return world.raw('PUT', destinationUrl(name), {
    Authorization: token,
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-copy-source': sourceUrl(),
    'x-ms-copy-source-authorization': token,
    ...headers,
  });
}

function code(reply: RawReply): string {
  return `${String(reply.status)} ${String(reply.headers['x-ms-error-code'])}`;
}

describe('callers', () => {
  it('without credentials, or with a token that is not ours, are challenged with 401', async () => {
    const challenge = `Bearer authorization_uri=https://login.microsoftonline.com/${world.cloud.tenantId}/oauth2/authorize resource_id=https://storage.azure.com`;
    const none = await world.raw('GET', sourceUrl());
    const bad = await world.raw('GET', sourceUrl(), { Authorization: 'Bearer a.b.c' });
    expect([code(none), code(bad)]).toEqual([
      '401 NoAuthenticationInformation',
      '401 InvalidAuthenticationInfo',
    ]);
    expect([none.headers['www-authenticate'], bad.headers['www-authenticate']]).toEqual([
      challenge,
      challenge,
    ]);
  });

  it('with an expired token are challenged, at the source too', async () => {
    await world.admin('PUT', '/identity', { tokenLifetimeSeconds: 1 });
    const short = await world.token();
    await world.admin('PUT', '/identity', { tokenLifetimeSeconds: 86_400 });
    await expect
      .poll(async () => code(await world.raw('GET', sourceUrl(), { Authorization: short })))
      .toBe('401 InvalidAuthenticationInfo');
    const reply = await copy('never', { 'x-ms-copy-source-authorization': short });
    expect(reply.headers['x-ms-copy-source-error-code']).toBe('InvalidAuthenticationInfo');
  });

  it('may do what their role grants, and get 403 for the rest', async () => {
    await world.admin('PUT', '/roles', [
      { identity: worker.objectId, account: 'srcacct', actions: ['read'] },
      { identity: worker.objectId, account: 'dstacct', container: 'box', actions: ['read', 'write'] },
    ]);
    const mismatch = '403 AuthorizationPermissionMismatch';
    const auth = { Authorization: token };
    expect((await copy('allowed')).status).toBe(201);
    expect(code(await copy('allowed', { 'x-ms-tags': 'a=b' }))).toBe(mismatch);
    expect(code(await world.raw('DELETE', destinationUrl('allowed'), auth))).toBe(mismatch);
    expect(code(await world.raw('HEAD', `${destinationUrl('allowed')}?comp=tags`, auth))).toBe(mismatch);
    const list = `${world.destination.blobEndpoint}/box?restype=container&comp=list`;
    expect((await world.raw('GET', list, auth)).status).toBe(200);
    expect(code(await world.raw('GET', `${list}&include=metadata,tags`, auth))).toBe(mismatch);
    expect(code(await world.raw('GET', `${world.destination.blobEndpoint}?comp=list`, auth))).toBe(mismatch);
    const other = await copy('never', {
      'x-ms-copy-source-authorization': await world.token(`&client_id=${guest.clientId}`),
    });
    expect(other.headers['x-ms-copy-source-error-code']).toBe('AuthorizationPermissionMismatch');
    await world.owner(world.destination).getContainerClient('box').deleteBlob('allowed');
  });

  it('need a role over the account for its queues', async () => {
    await world.admin('PUT', '/roles', [
      { identity: worker.objectId, account: 'srcacct', actions: ['read'] },
      { identity: worker.objectId, account: 'dstacct', container: 'box', actions: ['read', 'write'] },
    ]);
    const auth = { Authorization: token };
    expect((await world.raw('GET', `${world.source.queueEndpoint}?comp=list`, auth)).status).toBe(200);
    expect(code(await world.raw('PUT', `${world.source.queueEndpoint}/q`, auth))).toBe(
      '403 AuthorizationPermissionMismatch',
    );
    expect(code(await world.raw('PUT', `${world.destination.queueEndpoint}/box`, auth))).toBe(
      '403 AuthorizationPermissionMismatch',
    );
  });

  it('may delete in a batch only what their role grants, part by part', async () => {
    const box = world.owner(world.destination).getContainerClient('box');
    for (const name of ['b1', 'b2']) await box.getBlockBlobClient(name).upload('x', 1);
    await world.admin('PUT', '/roles', [
      { identity: worker.objectId, account: 'dstacct', actions: ['read'] },
    ]);
    const part = `--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nDELETE /dstacct/box/b1 HTTP/1.1\r\nAuthorization: ${token}\r\nContent-Length: 0\r\n\r\n--b--\r\n`;
    const refused = await world.raw(
      'POST',
      `${world.destination.blobEndpoint}?comp=batch`,
      { Authorization: token, 'Content-Type': 'multipart/mixed; boundary=b' },
      part,
    );
    expect(refused.status).toBe(202);
    expect(refused.body).toContain('AuthorizationPermissionMismatch');
    const owned = await world
      .owner(world.destination)
      .getBlobBatchClient()
      .deleteBlobs([
        box.getBlockBlobClient('b1'),
        box.getBlockBlobClient('b2'),
        box.getBlockBlobClient('none'),
      ]);
    expect(owned.subResponses.map((sub) => sub.errorCode ?? sub.status)).toEqual([202, 202, 'BlobNotFound']);
  });
});

describe('faults', () => {
  it('answer with status, code and headers as often as asked', async () => {
    await world.admin('POST', '/faults', [
      {
        operation: 'PutBlobFromUrl',
        times: 1,
        status: 503,
        code: 'ServerBusy',
        headers: { 'Retry-After': '7' },
      },
    ]);
    const busy = await copy('retried');
    expect([code(busy), busy.headers['retry-after']]).toEqual(['503 ServerBusy', '7']);
    expect((await copy('retried')).status).toBe(201);
  });

  it('strike the read of a source with the same code, told by the destination', async () => {
    await world.admin('POST', '/faults', [{ side: 'source', times: 1, status: 503, code: 'ServerBusy' }]);
    const reply = await copy('never');
    expect([code(reply), reply.headers['x-ms-copy-source-error-code']]).toEqual([
      '503 CannotVerifyCopySource',
      'ServerBusy',
    ]);
  });

  it('break the connection before or after the service acted', async () => {
    await world.admin('POST', '/faults', [
      { path: '/undone$', reset: 'before' },
      { path: '/done$', reset: 'after', times: 1 },
    ]);
    await expect(copy('undone')).rejects.toThrow();
    await expect(copy('done')).rejects.toThrow();
    await world.admin('DELETE', '/faults');
    expect(await world.blob(world.destination, 'box', 'undone').exists()).toBe(false);
    expect(await world.blob(world.destination, 'box', 'done').exists()).toBe(true);
  });

  it('cut a body short, for a client and for a copy', async () => {
    await world.admin('POST', '/faults', [{ operation: 'GetBlob', truncateAfterBytes: 3 }]);
    await expect(world.raw('GET', sourceUrl(), { Authorization: token })).rejects.toThrow();
    expect(code(await copy('never'))).toBe('500 CannotVerifyCopySource');
    await world.admin('DELETE', '/faults');
    expect(await world.blob(world.destination, 'box', 'never').exists()).toBe(false);
  });

  it('throttle one account with 503 ServerBusy', async () => {
    await world.admin('PUT', '/throttles', [{ account: 'dstacct', operationsPerSecond: 0.001, burst: 1 }]);
    expect((await copy('first')).status).toBe(201);
    expect(code(await copy('second'))).toBe('503 ServerBusy');
    expect((await world.raw('GET', sourceUrl(), { Authorization: token })).status).toBe(200);
  });
});

describe('the journal', () => {
  it('tells client requests from reads of sources, and keeps no query and no credential', async () => {
    const sas = await world.blob(world.source, 'box', 'src').generateSasUrl({
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 60_000),
    });
    await world.admin('DELETE', '/journal');
    await copy('a%2Fb', { 'x-ms-copy-source': sas, 'x-ms-client-request-id': 'job-1' });
    const { entries } = (await world.admin('GET', '/journal')) as { entries: JournalEntry[] };
    expect(entries).toMatchObject([
      {
        ...{ seq: 1, service: 'blob', account: 'dstacct', method: 'PUT', path: '/dstacct/box/a%2Fb' },
        ...{ operation: 'PutBlobFromUrl', container: 'box', blob: 'a/b', internal: false, status: 201 },
        ...{ caller: worker.objectId, clientRequestId: 'job-1', sourceUrl: sourceUrl(), requestBytes: 0 },
      },
      { seq: 2, account: 'srcacct', operation: 'GetBlob', internal: true, responseBytes: 11 },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/sig=|Bearer/);
  });

  it('sums up by operation with bytes in both directions', async () => {
    await world.admin('DELETE', '/journal');
    const owned = world.blob(world.destination, 'box', 'counted');
    await owned.upload('12345', 5);
    await owned.downloadToBuffer(0, 5);
    expect(await failure(world.blob(world.destination, 'box', 'none').getProperties())).toBe(
      '404 BlobNotFound',
    );
    const path = '/journal/summary?account=dstacct&internal=false';
    const { counts } = (await world.admin('GET', path)) as { counts: JournalCount[] };
    expect(
      counts.map((count) => [count.operation, count.status, count.requestBytes, count.responseBytes]),
    ).toEqual([
      ['PutBlob', 201, 5, 0],
      ['GetBlob', 206, 0, 5],
      ['HeadBlob', 404, 0, 0],
    ]);
    expect(counts.every((count) => count.caller === 'SharedKey' && count.count === 1)).toBe(true);
  });
});

describe('the admin endpoint', () => {
  it('refuses what does not fit, what it does not know, and web pages', async () => {
    await expect(world.admin('POST', '/faults', { operations: 'typo' })).rejects.toThrow('400');
    await expect(world.admin('GET', '/journal?statuss=1')).rejects.toThrow('400');
    await expect(world.admin('GET', '/nothing')).rejects.toThrow('404');
    const page = await fetch(`${world.cloud.adminUrl}/roles`, { headers: { Origin: 'https://example.com' } });
    expect(page.status).toBe(403);
  });
});

describe('the managed-identity endpoint', () => {
  it('knows each identity by its ids and repeats the resource word for word', async () => {
    const base = `${world.cloud.identityEndpoint}?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com%2F`;
    const headers = { 'x-identity-header': world.cloud.identityHeader };
    const clientOf = async (query: string): Promise<unknown> =>
      ((await (await fetch(base + query, { headers })).json()) as { client_id?: string }).client_id;
    expect(await clientOf('')).toBe(worker.clientId);
    expect(await clientOf(`&client_id=${guest.clientId}`)).toBe(guest.clientId);
    expect(await clientOf(`&object_id=${guest.objectId}`)).toBe(guest.clientId);
    expect(await clientOf(`&mi_res_id=${encodeURIComponent(guest.resourceId)}`)).toBe(guest.clientId);
    expect(await clientOf('&client_id=unknown')).toBeUndefined();
    const reply = (await (await fetch(base, { headers })).json()) as Record<string, string>;
    expect(reply).toMatchObject({ resource: 'https://storage.azure.com/', token_type: 'Bearer' });
    expect(Number(reply['expires_on']) * 1000).toBeGreaterThan(Date.now() + 3600_000);
  });

  it('refuses a wrong header, version or path, and fails as often as told', async () => {
    const url = world.cloud.identityEndpoint;
    const headers = { 'x-identity-header': world.cloud.identityHeader };
    const query = '?api-version=2019-08-01&resource=r';
    const statusOf = async (to: string, given: Record<string, string>): Promise<number> =>
      (await fetch(to, { headers: given })).status;
    expect(await statusOf(url + query, { 'x-identity-header': 'guess' })).toBe(401);
    expect(await statusOf(`${url}?api-version=2017-09-01&resource=r`, headers)).toBe(400);
    expect(await statusOf(`${url}?api-version=2019-08-01`, headers)).toBe(400);
    expect(await statusOf(`${url}/x${query}`, headers)).toBe(404);
    await world.admin('PUT', '/identity', { fail: { status: 500, times: 1 } });
    expect([await statusOf(url + query, headers), await statusOf(url + query, headers)]).toEqual([500, 200]);
  });
});
