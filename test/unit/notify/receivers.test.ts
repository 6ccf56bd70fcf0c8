import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { createTopicReceiver } from '../../../src/notify/topic.js';
import { createWebhookReceiver } from '../../../src/notify/webhook.js';
import { completionEvent } from '../../../src/report/completion-event.js';
import { newBoard } from '../../../src/record/board.js';
import { basicSpec } from '../../support/memory-job.js';

interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A receiver on loopback that answers with these statuses in turn, the last one for ever. */
async function receiver(
  scheme: 'http' | 'https',
  ...statuses: number[]
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        url: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      response.writeHead(status ?? 200, { location: '/elsewhere' }).end();
    });
  };
  const server = scheme === 'http' ? createHttpServer(handle) : createServer(await certificate(), handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `${scheme}://localhost:${String((server.address() as AddressInfo).port)}`, seen };
}

let made: Promise<{ key: string; cert: string }> | undefined;

/** One for all tests: two of the same name would be taken for each other. */
function certificate(): Promise<{ key: string; cert: string }> {
  made ??= makeCertificate();
  return made;
}

async function makeCertificate(): Promise<{ key: string; cert: string }> {
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  setDefaultCACertificates([...getCACertificates('default'), pair.cert]);
  return { key: pair.private, cert: pair.cert };
}

const event = completionEvent(
  {
    version: 1,
    id: 'jobone00',
    kind: 'copy',
    createdAt: '2026-11-22T02:30:00.000Z',
    requestHash: '',
    source: 'https://from.example/photos',
    destination: 'https://to.example/backups',
    policy: { name: 'nightly', dueAt: '2026-11-22T02:30:00.000Z' },
    spec: basicSpec,
  },
  { ...newBoard('jobone00'), status: 'Completed', finishedAt: '2026-11-22T02:31:00.000Z' },
);
const { signal } = new AbortController();

describe('a webhook', () => {
  it('is posted the CloudEvent, without any secret', async () => {
    const { url, seen } = await receiver('http', 204);
    await createWebhookReceiver(`${url}/hook`).send(event ?? {}, signal);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ url: '/hook', body: event });
    expect(seen[0]?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('authorization');
  });

  it.each([302, 400, 503])(
    'that answers %i has not accepted, and is not asked anywhere else',
    async (status) => {
      const { url, seen } = await receiver('http', status);
      await expect(createWebhookReceiver(url).send(event ?? {}, signal)).rejects.toThrow(
        `HTTP ${String(status)}`,
      );
      expect(seen).toHaveLength(1);
    },
  );
});

describe('a topic', () => {
  const credential = (scopes: string[]) => ({
    getToken: (scope: string | string[]) => {
      scopes.push(...[scope].flat());
      return Promise.resolve({ token: 'token-of-the-app', expiresOnTimestamp: Date.UTC(2100, 0) });
    },
  });

  it('is sent the CloudEvent under the identity of the app', async () => {
    const { url, seen } = await receiver('https', 200);
    const scopes: string[] = [];
    await createTopicReceiver(`${url}/api/events`, credential(scopes)).send(event ?? {}, signal);
    expect(scopes).toEqual(['https://eventgrid.azure.net/.default']);
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer token-of-the-app',
      'content-type': 'application/cloudevents-batch+json; charset=utf-8',
    });
    const { datacontenttype: _, ...sent } = event ?? {};
    expect(seen[0]?.body).toMatchObject([sent]);
  });

  it.each([302, 403, 503])(
    'that answers %i has not accepted; the token goes nowhere else',
    async (status) => {
      const { url, seen } = await receiver('https', status);
      await expect(
        createTopicReceiver(`${url}/api/events`, credential([])).send(event ?? {}, signal),
      ).rejects.toThrow();
      expect(seen).toHaveLength(1);
    },
  );
});
