import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../../src/functions/http/response-schemas.js';
import type { JobStatus } from '../../../../src/job/status.js';
import type { JobRecord } from '../../../../src/record/job-record.js';
import { readKeys } from '../../../../src/record/key-list.js';
import { createOutcomeFile } from '../../../../src/record/outcomes.js';
import { writePairs } from '../../../../src/record/pairs.js';
import { stateNames } from '../../../../src/record/refs.js';
import { writeSegment } from '../../../../src/record/segments.js';
import { collect } from '../../../support/collect.js';
import { draft, operation, outcome } from '../../report/reported-job.js';
import type { Bench, Reply } from './api-bench.js';
import { createBench, from, to } from './api-bench.js';

async function submit(bench: Bench, change: object = {}): Promise<string> {
  const reply = await bench.post('/api/jobs', {
    source: `${from}/photos/in/`,
    destination: `${to}/archive/out/`,
    ...change,
  });
  expect(reply.status, reply.text).toBe(202);
  bench.started.length = 0;
  return jobSchema.parse(reply.json()).id;
}

/** A job that ended, with one success and one outcome of each kind that can be retried. */
async function endedJob(
  bench: Bench,
  change: object = {},
  status: JobStatus = 'CompletedWithErrors',
): Promise<string> {
  const id = await submit(bench, change);
  await writePairs(bench.state, id, {
    groups: [[0]],
    pairs: ['photos', 'films'].map((container) => ({
      sourceContainer: container,
      listPrefix: 'in/',
      sourceBase: 'in/',
      destinationContainer: 'archive',
      destinationBase: 'out/',
    })),
    tags: { source: true, destination: true },
    missingDestinations: [],
  });
  const ref = { group: 0, index: 0 };
  await writeSegment(
    bench.state,
    id,
    ref,
    draft({
      copies: ['good', 'bad', 'odd', 'left'].map((key) => operation(key)),
      deletes: [operation('old', 'delete')],
      failures: [{ pair: 0, key: 'gone', reason: 'source-not-found' }],
    }),
  );
  await createOutcomeFile(bench.state, id, { ...ref, part: 'copy' }).finish([
    outcome('good', 'copied'),
    outcome('bad', 'failed', 'timeout'),
    outcome('odd', 'conflict', 'destination-exists'),
  ]);
  await createOutcomeFile(bench.state, id, { ...ref, part: 'delete' }).finish([
    outcome('old', 'failed', 'timeout'),
  ]);
  await bench.changeBoard(id, {
    status,
    groups: [{ listed: true, written: 1, copy: [], large: [], remove: [] }],
  });
  return id;
}

function typeOf(reply: Reply): unknown {
  return reply.json()['type'];
}

describe('POST /api/jobs/{id}/…', () => {
  it('pauses a running job by what is wanted of it, without a new run', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.changeBoard(id, { status: 'Running' });
    const reply = await bench.post(`/api/jobs/${id}/pause`);
    expect([reply.status, jobSchema.parse(reply.json()).pending]).toEqual([202, 'pause']);
    expect([bench.board(id).desired, bench.started]).toEqual(['pause', []]);
  });

  it('resumes a paused job by its next run, and takes the repetition', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.changeBoard(id, { status: 'Paused' });
    expect((await bench.post(`/api/jobs/${id}/resume`)).status).toBe(202);
    expect((await bench.post(`/api/jobs/${id}/resume`)).status).toBe(202);
    expect(bench.board(id)).toMatchObject({ run: 2, status: 'Queued' });
    expect(new Set(bench.started)).toEqual(new Set([`${id}.r2`]));
  });

  it('cancels a job that waits by a run that closes it', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.changeBoard(id, { status: 'AwaitingApproval' });
    expect((await bench.post(`/api/jobs/${id}/cancel`, {})).status).toBe(202);
    expect(bench.board(id)).toMatchObject({ run: 2, status: 'Queued', desired: 'cancel' });
    expect(bench.started).toEqual([`${id}.r2`]);
  });

  it('refuses with 409 and the reason what the status does not allow', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.changeBoard(id, { status: 'Completed' });
    const reply = await bench.post(`/api/jobs/${id}/pause`);
    expect([reply.status, typeOf(reply)]).toEqual([409, 'urn:tranship:problem:invalid-transition']);
    expect(reply.json()['detail']).toBe('the job is Completed');
  });

  it('approves by the right hash and tells the present one for a wrong hash', async () => {
    const bench = createBench();
    const id = await submit(bench, { approve: true });
    const planHash = 'a'.repeat(64);
    await bench.changeBoard(id, { status: 'AwaitingApproval', planHash });
    const wrong = await bench.post(`/api/jobs/${id}/approve`, { planHash: 'b'.repeat(64) });
    expect([wrong.status, typeOf(wrong)]).toEqual([409, 'urn:tranship:problem:plan-changed']);
    expect(wrong.json()['detail']).toContain(planHash);
    expect((await bench.post(`/api/jobs/${id}/approve`, { planHash })).status).toBe(202);
    expect((await bench.post(`/api/jobs/${id}/approve`, { planHash })).status).toBe(202);
    expect(bench.board(id)).toMatchObject({ approved: planHash, run: 2 });
  });

  it.each([{}, { planHash: 'short' }, { planHash: 'A'.repeat(64) }, { hash: 'a'.repeat(64) }])(
    'refuses the approval %j',
    async (body) => {
      const bench = createBench();
      const id = await submit(bench);
      expect((await bench.post(`/api/jobs/${id}/approve`, body)).status).toBe(400);
    },
  );

  it('does not lose an action when the board changes in between', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.changeBoard(id, { status: 'Running' });
    let raced = false;
    bench.state.onCall = async (call, name) => {
      if (raced || call !== 'put' || name !== stateNames.board(id)) return;
      raced = true;
      await bench.changeBoard(id, { seq: 99 });
    };
    expect((await bench.post(`/api/jobs/${id}/cancel`)).status).toBe(202);
    expect(bench.board(id)).toMatchObject({ seq: 99, desired: 'cancel' });
  });
});

describe('POST /api/jobs/{id}/retry', () => {
  it('starts a new job over exactly the names that were not copied', async () => {
    const bench = createBench();
    const id = await endedJob(bench, { mirror: true, overwrite: 'always' });
    const reply = await bench.post(`/api/jobs/${id}/retry`, {}, { 'idempotency-key': 'again' });
    const job = jobSchema.parse(reply.json());
    expect([reply.status, job.retryOf, job.kind]).toEqual([202, id, 'copy']);
    expect(reply.headers['location']).toBe(`/api/jobs/${job.id}`);
    expect(await collect(readKeys(bench.state, job.id, 0))).toEqual(['gone', 'bad', 'odd', 'left']);
    expect(job.spec).toMatchObject({
      source: { kind: 'list', location: { container: 'photos', prefix: 'in/' }, entries: 4 },
      destination: { container: 'archive', prefix: 'out/' },
      overwrite: 'always',
      retryOf: id,
    });
    expect(job.spec).not.toHaveProperty('mirror');
    expect(bench.started).toEqual([`${job.id}.r1`]);
  });

  it('gives the same job for the same key', async () => {
    const bench = createBench();
    const id = await endedJob(bench);
    const key = { 'idempotency-key': 'again' };
    const [first, second] = [
      await bench.post(`/api/jobs/${id}/retry`, {}, key),
      await bench.post(`/api/jobs/${id}/retry`, {}, key),
    ];
    expect(second.json()['id']).toBe(first.json()['id']);
  });

  it('takes a single object again as it was', async () => {
    const bench = createBench();
    const id = await endedJob(bench, { source: `${from}/photos/in/a` });
    const job = jobSchema.parse((await bench.post(`/api/jobs/${id}/retry`)).json());
    expect(job.spec).toMatchObject({ source: { kind: 'object', key: 'in/a' }, retryOf: id });
  });

  it('warns when the first job had not listed everything', async () => {
    const bench = createBench();
    const id = await endedJob(bench, {}, 'Cancelled');
    expect((await bench.post(`/api/jobs/${id}/retry`)).json()['warnings']).toEqual([]);
    await bench.changeBoard(id, {
      groups: [{ listed: false, written: 1, copy: [], large: [], remove: [] }],
    });
    for (const name of bench.state.names(stateNames.active)) await bench.state.delete(name);
    const warned = await bench.post(`/api/jobs/${id}/retry`, {}, { 'idempotency-key': 'again' });
    expect(JSON.stringify(warned.json()['warnings'])).toContain('never saw');
  });

  it('refuses a job that has not ended', async () => {
    const bench = createBench();
    const id = await endedJob(bench, {}, 'Paused');
    const reply = await bench.post(`/api/jobs/${id}/retry`);
    expect([reply.status, typeOf(reply)]).toEqual([409, 'urn:tranship:problem:invalid-transition']);
  });

  it('refuses when everything was copied, and for a dry run', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.changeBoard(id, { status: 'Completed' });
    expect(typeOf(await bench.post(`/api/jobs/${id}/retry`))).toBe('urn:tranship:problem:nothing-to-retry');
    const dry = await endedJob(bench, { dryRun: true }, 'Completed');
    expect(typeOf(await bench.post(`/api/jobs/${dry}/retry`))).toBe('urn:tranship:problem:nothing-to-retry');
  });

  it.each([
    { kind: 'restore', homes: [{ point: 'pointone', prefix: 'one/' }], objects: 9 },
    { kind: 'incremental' },
  ] as const)(
    'refuses jobs of incremental backups, whose names say nothing of folders: $kind',
    async (task) => {
      const bench = createBench();
      const id = await endedJob(bench);
      const record = JSON.parse(bench.state.text(stateNames.record(id)) ?? '') as JobRecord;
      const backup = { policy: 'nightly', point: 'pointtwo', ...task };
      const changed = { ...record, spec: { ...record.spec, backup } };
      await bench.state.put(stateNames.record(id), JSON.stringify(changed));
      const reply = await bench.post(`/api/jobs/${id}/retry`);
      expect([reply.status, typeOf(reply)]).toEqual([409, 'urn:tranship:problem:retry-not-possible']);
      expect(bench.started).toEqual([]);
    },
  );

  it('refuses failures in several containers', async () => {
    const bench = createBench();
    const id = await endedJob(bench);
    await writeSegment(
      bench.state,
      id,
      { group: 0, index: 1 },
      draft({ failures: [{ pair: 1, key: 'x', reason: 'source-not-found' }] }),
    );
    const reply = await bench.post(`/api/jobs/${id}/retry`);
    expect([reply.status, typeOf(reply)]).toEqual([409, 'urn:tranship:problem:retry-not-possible']);
  });
});

describe('GET /api/jobs/{id}/report', () => {
  it('pages through NDJSON by Link, all lines once', async () => {
    const bench = createBench();
    const id = await endedJob(bench);
    const keys: unknown[] = [];
    let path: string | undefined = `/api/jobs/${id}/report?top=2&outcome=all`;
    while (path !== undefined) {
      const reply: Reply = await bench.call('GET', path);
      expect(reply.headers['content-type']).toBe('application/x-ndjson');
      for (const line of reply.text.split('\n').filter((text) => text !== ''))
        keys.push((JSON.parse(line) as { key: unknown }).key);
      path = /^<(.+)>; rel="next"$/.exec(reply.headers['link'] ?? '')?.[1];
    }
    expect(keys).toEqual(['gone', 'good', 'bad', 'odd', 'left', 'old']);
  });

  it('gives CSV with one header over all pages', async () => {
    const bench = createBench();
    const id = await endedJob(bench);
    const accept = { headers: { accept: 'text/csv;q=1' } };
    const first = await bench.call('GET', `/api/jobs/${id}/report?top=3`, accept);
    const next = /^<(.+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1] ?? '';
    const second = await bench.call('GET', next, accept);
    const rows = (first.text + second.text).trimEnd().split('\r\n');
    expect(first.headers['content-type']).toContain('text/csv');
    expect(rows.map((row) => row.split(',')[2])).toEqual(['key', 'gone', 'bad', 'odd', 'left', 'old']);
  });

  it('shows the plan of a job that waits for approval, and outcomes when asked for', async () => {
    const bench = createBench();
    const id = await endedJob(bench, {}, 'AwaitingApproval');
    const plan = await bench.call('GET', `/api/jobs/${id}/report`);
    expect(plan.text).toContain('"action":"delete"');
    const outcomes = await bench.call('GET', `/api/jobs/${id}/report?view=outcomes`);
    expect(outcomes.text).not.toContain('"action"');
  });

  it.each(['outcome=lost', 'view=all', 'top=5001', 'continuation=AAAA'])('refuses ?%s', async (query) => {
    const bench = createBench();
    const id = await endedJob(bench);
    expect((await bench.call('GET', `/api/jobs/${id}/report?${query}`)).status).toBe(400);
  });
});
