import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { hostileLocations } from '../support/hostile-locations.js';
import { LocalRig, numbered } from '../support/local-rig.js';

let rig: LocalRig;
let server: Server;
let listener: string;
/** Connections that anybody made to the listener, whatever they wanted to say. */
let connections = 0;
beforeAll(async () => {
  rig = await LocalRig.start();
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  listener = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await rig.fill(await rig.container('source', 'data'), numbered(5));
  await rig.container('target', 'data');
});
afterAll(async () => {
  server.close();
  await rig.stop();
});
beforeEach(async () => {
  connections = 0;
  await rig.admin('DELETE', 'faults');
  await rig.clearJournal();
});

it('the listener counts whoever comes', async () => {
  const socket = connect(Number(listener.split(':')[1]), '127.0.0.1');
  await once(socket, 'close');
  expect(connections).toBe(1);
});

it('more than 200 hostile locations, on both sides, call nobody', async () => {
  const hostile = hostileLocations({
    endpoint: rig.url('source'),
    hostEndpoint: rig.url('transhiphost'),
    listener,
  });
  expect(hostile.length).toBeGreaterThan(200);
  const accepted: string[] = [];
  for (const url of hostile) {
    const bodies = [
      { source: url, destination: rig.url('target', 'data/') },
      { source: rig.url('source', 'data/'), destination: url },
    ];
    for (const body of bodies) {
      const reply = await rig.call('POST', 'jobs', body);
      if (reply.status !== 400 || reply.body['type'] !== 'urn:tranship:problem:invalid-location') {
        accepted.push(`${String(reply.status)} ${url}`);
      }
    }
  }
  console.info(`${String(hostile.length)} hostile locations, each as source and as destination`);
  expect(accepted).toEqual([]);
  expect(connections).toBe(0);
  expect((await rig.requests()).filter(({ account }) => account !== 'transhiphost')).toEqual([]);
});

it('a list of names that look like places elsewhere stays in its container', async () => {
  const listOfFiles = [
    ...hostileLocations({
      endpoint: rig.url('source'),
      hostEndpoint: rig.url('transhiphost'),
      listener,
    }),
    '../../transhiphost/tranship/jobs',
    '..%2f..%2ftarget/data/x',
    `//${listener}/data`,
    `@${listener}/data`,
    'n/000001?comp=acl',
  ].filter((name) => name.length > 0 && !/[\p{Cc}\p{Cs}]/u.test(name));
  const id = await rig.startJob({
    source: rig.url('source', 'data/'),
    destination: rig.url('target', 'data/'),
    listOfFiles,
  });
  expect((await rig.settled(id)).counts.copied).toBe(0);
  const sent = (await rig.requests()).filter(({ account }) => account !== 'transhiphost');
  expect(sent.length).toBeGreaterThan(0);
  expect(new Set(sent.map(({ account, container }) => `${account}/${container ?? ''}`))).toEqual(
    new Set(['source/data', 'target/data']),
  );
  expect(new Set(sent.map(({ path }) => new URL(path, 'https://h').searchParams.get('comp')))).not.toContain(
    'acl',
  );
  expect(connections).toBe(0);
});

it.each([
  ['the listing of the source', 'bad-request', { account: 'source', operation: 'ListBlobs', side: 'client' }],
  ['the destination', 'bad-request', { account: 'target', operation: 'PutBlobFromUrl', side: 'client' }],
  ['the source of a copy', 'bad-request', { account: 'source', side: 'source' }],
])('a redirect by %s is an answer like any other, and not followed', async (_, reason, rule) => {
  const places = { source: rig.url('source', 'data/'), destination: rig.url('target', 'data/') };
  for (const status of [301, 302, 307, 308]) {
    await rig.admin('DELETE', 'faults');
    await rig.admin('POST', 'faults', [
      { ...rule, status, code: 'Redirected', headers: { Location: `https://${listener}/data` } },
    ]);
    const id = await rig.startJob({ ...places, overwrite: 'always' });
    const job = await rig.settled(id);
    expect(['Failed', 'CompletedWithErrors']).toContain(job.status);
    const reasons = new Set((await rig.report(id)).map((line) => line.reason));
    expect([job.counts.copied, job.reasonCode ?? [...reasons].join()]).toEqual([0, reason]);
    const { rules } = await rig.admin('GET', 'faults');
    expect((rules as { applied: number }[])[0]?.applied).toBeGreaterThan(0);
  }
  expect(connections).toBe(0);
});
