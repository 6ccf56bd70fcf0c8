import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFakeApi, type FakeApi } from './fake-api.js';
import { runTranship } from './terminal.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const from = 'https://from.blob.core.windows.net/photos';
const to = 'https://to.blob.core.windows.net/photos';
const proven = { check: 'list', side: 'source', ok: true, required: true, code: 'ok', text: 'proven' };
const missing = {
  check: 'write',
  side: 'destination',
  ok: false,
  required: true,
  code: 'role-missing',
  text: 'lacks a role',
  command: 'az role assignment create',
};

it('sends what the job would be, and is content when nothing is missing', async () => {
  api.on('POST', '/api/preflight', { status: 200, body: { ok: true, identities: [], findings: [proven] } });
  const words = ['doctor', from, to, '--delete-destination=true', '--api-url', api.url];
  const { exitCode, stdout } = await runTranship(words);
  expect(exitCode).toBe(0);
  expect(stdout).toBe('ok       source list\nThe job may run.\n');
  expect(api.seen[0]?.body).toMatchObject({ source: from, destination: to, mirror: true });
});

it('prints the command that mends what is missing, and exits with 3', async () => {
  const absent = { ...missing, check: 'tags', container: 'photos', required: false };
  const unknown = { ...proven, check: 'copy', ok: null, text: 'not asked' };
  const body = {
    ok: false,
    identities: [{ usedFor: ['source'], kind: 'system-assigned', ready: true, objectId: 'oid' }],
    findings: [missing, absent, unknown],
  };
  api.on('POST', '/api/preflight', { status: 200, body });
  const { exitCode, stdout } = await runTranship(['doctor', '--job', 'job12345', '--api-url', api.url]);
  expect(exitCode).toBe(3);
  expect(stdout.split('\n')).toEqual([
    'system-assigned (for sources)',
    '  object id    oid',
    'MISSING  destination write: lacks a role',
    '         az role assignment create',
    'absent   destination tags (photos): lacks a role',
    '         az role assignment create',
    'unknown  source copy: not asked',
    'The job would fail; mend what is missing, then ask again.',
    '',
  ]);
  expect(api.seen[0]?.body).toEqual({ job: 'job12345' });
});

it('gives the answer as one line of JSON', async () => {
  const body = { ok: true, identities: [], findings: [proven] };
  api.on('POST', '/api/preflight', { status: 200, body });
  const words = ['doctor', from, to, '--output', 'json', '--api-url', api.url];
  expect(JSON.parse((await runTranship(words)).stdout)).toEqual(body);
});

it('asks for what a policy starts', async () => {
  api.on('POST', '/api/preflight', { status: 200, body: { ok: true, identities: [], findings: [proven] } });
  expect((await runTranship(['doctor', '--policy', 'nightly', '--api-url', api.url])).exitCode).toBe(0);
  expect(api.seen[0]?.body).toEqual({ policy: 'nightly' });
});

it.each([
  [[]],
  [[from]],
  [[from, to, '--job', 'job12345']],
  [[from, to, '--policy', 'nightly']],
  [['--job', 'job12345', '--policy', 'nightly']],
])('refuses %j', async (words) => {
  const { exitCode, stderr } = await runTranship(['doctor', ...words, '--api-url', api.url]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('SRC and DST');
  expect(api.seen).toEqual([]);
});
