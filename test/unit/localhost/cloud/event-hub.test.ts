import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventHub } from '../../../../src/localhost/cloud/events/event-hub.js';
import { eventSubscriptionSchema } from '../../../../src/localhost/cloud/events/subscription.js';
import { operationName, parseTarget } from '../../../../src/localhost/cloud/operation.js';

interface Received {
  readonly type: string;
  readonly body: unknown;
}

let server: Server;
let received: Received[];
let status: number;
let hub: EventHub;
const log: string[] = [];

async function answer(request: IncomingMessage): Promise<{ status: number; body?: string }> {
  const body = await text(request);
  if (request.headers['aeg-event-type'] === 'SubscriptionValidation') {
    const [event] = JSON.parse(body) as [{ data: { validationCode: string } }];
    return { status: 200, body: JSON.stringify({ validationResponse: event.data.validationCode }) };
  }
  if (status === 200) received.push({ type: request.headers['content-type'] ?? '', body: JSON.parse(body) });
  return { status };
}

beforeEach(async () => {
  [received, status] = [[], 200];
  log.length = 0;
  server = createServer((request, response) => {
    if (request.method === 'OPTIONS') {
      response.setHeader('WebHook-Allowed-Origin', String(request.headers['webhook-request-origin'])).end();
      return;
    }
    void answer(request).then((reply) => response.writeHead(reply.status).end(reply.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  hub = new EventHub({
    upstream: { send: () => Promise.reject(new Error('no Azurite here')), close: () => undefined },
    keys: new Map([['source', '']]),
    host: () => '127.0.0.1:1',
    log: (line) => log.push(line),
  });
});

afterEach(async () => {
  hub.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function subscribe(changes: object = {}): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const destination = { kind: 'webhook', url: `http://127.0.0.1:${String(port)}/events` };
  return hub.subscribe([eventSubscriptionSchema.parse({ account: 'source', destination, ...changes })]);
}

function observe(method: string, url: string, headers: Record<string, string> = {}, replied = 201): void {
  const target = parseTarget(url);
  const request = { service: 'blob', method, url, rawHeaders: [], headers, internal: false } as const;
  const reply = { status: replied, headers: ['ETag', '"0x1"', 'x-ms-request-id', 'r'] };
  hub.observe(request, target, operationName(method, target, headers), reply);
}

async function settled(): Promise<void> {
  while (hub.counts.pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

const upload = { 'x-ms-blob-type': 'BlockBlob', 'content-length': '7', 'x-ms-client-request-id': 'mine' };

describe('EventHub', () => {
  it('tells of writes, deletions and tiers, and of nothing else', async () => {
    await subscribe();
    observe('PUT', '/source/c/a%20b', upload);
    observe('DELETE', '/source/c/x', {}, 202);
    observe('PUT', '/source/c/x?comp=tier', {}, 200);
    observe('PUT', '/source/c/x', upload, 409);
    observe('GET', '/source/c/x', {}, 200);
    observe('PUT', '/source/c/x?comp=metadata', {}, 200);
    observe('DELETE', '/source/c/x?snapshot=1', {}, 202);
    observe('PUT', '/other/c/x', upload);
    await settled();
    const events = received.map(({ body }) => body as { type: string; subject: string });
    expect(events.map(({ type }) => type).sort()).toEqual([
      'Microsoft.Storage.BlobCreated',
      'Microsoft.Storage.BlobDeleted',
      'Microsoft.Storage.BlobTierChanged',
    ]);
    expect(events.find(({ type }) => type.endsWith('Created'))).toMatchObject({
      specversion: '1.0',
      subject: '/blobServices/default/containers/c/blobs/a b',
      data: {
        api: 'PutBlob',
        clientRequestId: 'mine',
        eTag: '0x1',
        contentLength: 7,
        accessTier: 'Default',
        url: 'https://127.0.0.1:1/source/c/a%20b',
      },
    });
  });

  it('writes the Event Grid schema after its own handshake', async () => {
    await subscribe({ schema: 'EventGridSchema', container: 'c', prefix: 'in/' });
    observe('PUT', '/source/c/in/x', upload);
    observe('PUT', '/source/c/out/x', upload);
    observe('PUT', '/source/d/in/x', upload);
    await settled();
    expect(received.map(({ body }) => body)).toMatchObject([
      [{ eventType: 'Microsoft.Storage.BlobCreated', dataVersion: '', metadataVersion: '1' }],
    ]);
  });

  it('repeats its weather with its seed', async () => {
    const weather = { seed: 7, duplicated: 0.1, reordered: 0.2, lost: 0.05, heldMs: 20 };
    const play = async () => {
      received = [];
      await subscribe({ weather });
      for (let index = 0; index < 300; index += 1) observe('PUT', `/source/c/${String(index)}`, upload);
      await settled();
      return hub.counts;
    };
    const counts = await play();
    expect(counts.emitted).toBe(300);
    expect(counts.lost).toBeGreaterThan(3);
    expect(counts.duplicated).toBeGreaterThan(10);
    expect(counts.reordered).toBeGreaterThan(30);
    expect(received).toHaveLength(counts.delivered);
    expect(counts.delivered).toBe(300 - counts.lost + counts.duplicated);
    expect(await play()).toEqual(counts);
  });

  it('tries again what was not taken, and gives up what was refused', async () => {
    await subscribe();
    status = 503;
    observe('PUT', '/source/c/x', upload);
    setTimeout(() => {
      status = 200;
    }, 50);
    await settled();
    expect([received.length, hub.counts.deadLettered]).toEqual([1, 0]);
    status = 400;
    observe('PUT', '/source/c/y', upload);
    await settled();
    expect(hub.counts.deadLettered).toBe(1);
    expect(log.join()).toContain('not delivered');
  });

  it('counts what is on its way once, also when the subscriptions are replaced meanwhile', async () => {
    await subscribe({ weather: { duplicated: 1, heldMs: 20 } });
    for (let index = 0; index < 20; index += 1) observe('PUT', `/source/c/${String(index)}`, upload);
    await subscribe({ types: [] });
    expect(hub.counts.pending).toBeGreaterThan(0);
    await expect.poll(() => received.length).toBe(40);
    await expect.poll(() => hub.counts.pending).toBe(0);
    expect(hub.counts).toMatchObject({ emitted: 0, delivered: 0 });
  });

  it('sends nothing to whom does not agree, nor away from this machine', async () => {
    status = 404;
    await expect(
      subscribe({ destination: { kind: 'webhook', url: 'http://127.0.0.1:1/' } }),
    ).rejects.toThrow();
    await expect(
      subscribe({ destination: { kind: 'queue', account: 'nobody', queue: 'q' } }),
    ).rejects.toThrow('no account nobody');
    const away = { account: 'source', destination: { kind: 'webhook', url: 'https://example.com/' } };
    expect(eventSubscriptionSchema.safeParse(away).success).toBe(false);
  });
});
