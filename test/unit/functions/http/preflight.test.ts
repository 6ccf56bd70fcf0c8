import { expect, it } from 'vitest';
import { preflightSchema } from '../../../../src/functions/http/response-schemas.js';
import type { Finding } from '../../../../src/preflight/finding.js';
import { createBench, from, to } from './api-bench.js';

const body = { source: `${from}/data/`, destination: `${to}/copy/` };
const missing: Finding = {
  check: 'tags',
  side: 'source',
  ok: false,
  required: false,
  code: 'role-missing',
  text: 'lacks a role',
};

it('is asked about the job that the body would start, and starts nothing', async () => {
  const bench = createBench();
  const reply = await bench.post('/api/preflight', body);
  expect([reply.status, preflightSchema.parse(reply.json())]).toEqual([
    200,
    { ok: true, identities: [], findings: [] },
  ]);
  expect(bench.preflights).toMatchObject([{ source: { kind: 'prefix' }, overwrite: 'ifDifferent' }]);
  expect(bench.started).toEqual([]);
  expect(bench.logged).toMatchObject([{ event: 'audit', action: 'preflight', status: 200 }]);
});

it('is asked about a job that is there', async () => {
  const bench = createBench();
  const job = (await bench.post('/api/jobs', body)).json()['id'];
  expect((await bench.post('/api/preflight', { job })).status).toBe(200);
  expect(bench.preflights).toHaveLength(1);
});

it('is asked about what a policy starts', async () => {
  const bench = createBench();
  const saved = await bench.put('/api/policies/nightly', {
    kind: 'schedule',
    schedule: { cron: '0 3 * * *' },
    job: body,
  });
  expect(saved.status).toBe(201);
  expect((await bench.post('/api/preflight', { policy: 'nightly' })).status).toBe(200);
  expect(bench.preflights).toMatchObject([{ source: { kind: 'prefix' }, destination: { account: 'to' } }]);
  expect(bench.started).toEqual([]);
});

it('is well when only what is not required is missing', async () => {
  const bench = createBench();
  bench.findings = [missing, { ...missing, check: 'copy', ok: null, required: true, code: 'not-checked' }];
  expect((await bench.post('/api/preflight', body)).json()).toMatchObject({ ok: true });
  bench.findings = [{ ...missing, required: true }];
  expect((await bench.post('/api/preflight', body)).json()).toMatchObject({ ok: false });
});

it.each([
  ['an unknown job', { job: 'zzzzzzzz' }, 404],
  ['no id of a job', { job: '../../etc' }, 404],
  ['an unknown policy', { policy: 'nightly' }, 404],
  ['no name of a policy', { policy: '../etc' }, 404],
  ['a policy and more', { policy: 'nightly', source: from }, 400],
  ['a job and more', { job: 'zzzzzzzz', source: from }, 400],
  ['nothing', {}, 400],
  ['an account that is not configured', { ...body, source: 'https://evil.example/data/' }, 400],
])('refuses %s', async (_, asked, status) => {
  expect((await createBench().post('/api/preflight', asked)).status).toBe(status);
});
