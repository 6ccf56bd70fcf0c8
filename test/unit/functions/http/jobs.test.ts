import { describe, expect, it } from 'vitest';
import { jobPageSchema, jobSchema } from '../../../../src/functions/http/response-schemas.js';
import { CopyError } from '../../../../src/job/copy-error.js';
import { jobStatuses } from '../../../../src/job/status.js';
import { stateNames } from '../../../../src/record/refs.js';
import { ConfigError } from '../../../../src/runtime/config.js';
import type { Bench } from './api-bench.js';
import { createBench, from, to } from './api-bench.js';

const body = { source: `${from}/photos/in/`, destination: `${to}/archive/out/` };

async function submit(bench: Bench, change: object = {}, key?: string): Promise<string> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const reply = await bench.post('/api/jobs', { ...body, ...change }, headers);
  expect(reply.status, reply.text).toBe(202);
  return jobSchema.parse(reply.json()).id;
}

describe('POST /api/jobs', () => {
  it('records the job, starts its first run and says where it is', async () => {
    const bench = createBench();
    const reply = await bench.post('/api/jobs', body);
    const job = jobSchema.parse(reply.json());
    expect(reply.status).toBe(202);
    expect(reply.headers).toMatchObject({ location: `/api/jobs/${job.id}`, 'retry-after': '2' });
    expect(job).toMatchObject({
      status: 'Queued',
      run: 1,
      source: body.source,
      destination: body.destination,
    });
    expect(bench.started).toEqual([`${job.id}.r1`]);
    expect(bench.board(job.id)).toMatchObject({ run: 1, status: 'Queued', desired: 'run' });
    expect(bench.state.names(stateNames.active)).toEqual([stateNames.activeJob(job.id)]);
  });

  it('gives every request without a key a job of its own', async () => {
    const bench = createBench();
    const first = await submit(bench, { allowOverlap: true });
    expect(await submit(bench, { allowOverlap: true })).not.toBe(first);
  });

  it('gives the same job for the same key and request, whatever the order of its fields', async () => {
    const bench = createBench();
    const first = await submit(bench, {}, 'nightly');
    const { destination, source } = body;
    const again = await bench.post('/api/jobs', { destination, source }, { 'idempotency-key': 'nightly' });
    expect([again.status, again.json()['id']]).toEqual([202, first]);
    expect(bench.state.names(stateNames.index)).toHaveLength(1);
  });

  it('refuses the same key for another request, and leaves the first job as it is', async () => {
    const bench = createBench();
    const id = await submit(bench, {}, 'nightly');
    const before = bench.state.text(stateNames.record(id));
    const reply = await bench.post(
      '/api/jobs',
      { ...body, overwrite: 'never' },
      { 'idempotency-key': 'nightly' },
    );
    expect([reply.status, reply.json()['type']]).toEqual([
      422,
      'urn:tranship:problem:idempotency-key-reused',
    ]);
    expect(bench.state.text(stateNames.record(id))).toBe(before);
  });

  it('makes one job of two requests with one key at once', async () => {
    const bench = createBench();
    const [left, right] = await Promise.all([submit(bench, {}, 'k'), submit(bench, {}, 'k')]);
    expect(left).toBe(right);
    expect(bench.state.names(stateNames.index)).toHaveLength(1);
  });

  it('lets only one of two different requests with one key at once have it', async () => {
    const bench = createBench();
    const replies = await Promise.all(
      ['never', 'always'].map((overwrite) =>
        bench.post('/api/jobs', { ...body, overwrite }, { 'idempotency-key': 'k' }),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 422]);
  });

  it('refuses a second job at an overlapping destination, naming the first', async () => {
    const bench = createBench();
    const first = await submit(bench);
    const reply = await bench.post('/api/jobs', {
      source: `${from}/other/`,
      destination: `${to}/archive/out/deeper/`,
    });
    expect([reply.status, reply.json()['type']]).toEqual([409, 'urn:tranship:problem:destination-in-use']);
    expect(reply.json()['detail']).toContain(first);
    expect(bench.started).toHaveLength(1);
    expect(bench.state.names(stateNames.index)).toHaveLength(1);
  });

  it.each([{ dryRun: true }, { allowOverlap: true }])(
    'starts beside another job with %j, and marks it for the timer',
    async (change) => {
      const bench = createBench();
      await submit(bench);
      const id = await submit(bench, change);
      expect(bench.state.names(stateNames.active)).toContain(stateNames.activeJob(id));
    },
  );

  it('accepts the next job once the first has ended', async () => {
    const bench = createBench();
    const first = await submit(bench);
    await bench.changeBoard(first, { status: 'Completed' });
    await submit(bench);
    expect(bench.started).toHaveLength(2);
  });

  it('answers 202 when the run cannot be started: what is recorded is started later', async () => {
    const bench = createBench();
    bench.failStart = new Error('the hub is away');
    const id = await submit(bench, {}, 'k');
    expect(bench.board(id)).toMatchObject({ status: 'Queued', run: 1 });
    bench.failStart = undefined;
    await submit(bench, {}, 'k');
    expect(bench.started).toEqual([`${id}.r1`]);
  });

  it('is completed by a repetition after any request to the state failed', async () => {
    for (let crash = 1; crash <= 6; crash += 1) {
      const bench = createBench();
      let calls = 0;
      bench.state.onCall = () => {
        calls += 1;
        if (calls === crash) throw new CopyError('server-error', 'state is away', { retryable: true });
      };
      const reply = await bench.post('/api/jobs', body, { 'idempotency-key': 'k' });
      bench.state.onCall = undefined;
      if (calls >= crash) expect([reply.status, reply.headers['retry-after']]).toEqual([503, '5']);
      const id = await submit(bench, {}, 'k');
      expect(bench.started, `crash at ${String(crash)}`).toContain(`${id}.r1`);
    }
  });

  it('notes who asked', async () => {
    const bench = createBench();
    const job = await submit(bench);
    expect(bench.logged).toMatchObject([{ event: 'audit', caller: 'key', action: 'createJob', job }]);
  });
});

describe('GET /api/jobs/{id}', () => {
  it('shows the job with an ETag, and nothing when nothing has changed', async () => {
    const bench = createBench();
    const id = await submit(bench);
    const first = await bench.call('GET', `/api/jobs/${id}`);
    expect(jobSchema.parse(first.json()).id).toBe(id);
    const etag = first.headers['etag'] ?? '';
    expect(etag).toMatch(/^W\/".+"$/);
    const again = await bench.call('GET', `/api/jobs/${id}`, { headers: { 'if-none-match': etag } });
    expect([again.status, again.text]).toEqual([304, '']);
    await bench.changeBoard(id, { status: 'Running' });
    const changed = await bench.call('GET', `/api/jobs/${id}`, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.json()['status']]).toEqual([200, 'Running']);
  });

  it('does not know a job whose start never came to its end', async () => {
    const bench = createBench();
    const id = await submit(bench);
    await bench.state.delete(stateNames.board(id));
    expect((await bench.call('GET', `/api/jobs/${id}`)).status).toBe(404);
  });
});

describe('GET /api/jobs', () => {
  async function fill(count: number): Promise<{ bench: Bench; ids: string[] }> {
    const bench = createBench();
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      bench.clock.advance(1000);
      const id = await submit(bench, { allowOverlap: true }, `k${String(index)}`);
      ids.unshift(id);
      await bench.changeBoard(id, { status: jobStatuses[index % jobStatuses.length] ?? 'Queued' });
    }
    return { bench, ids };
  }

  async function pages(bench: Bench, path: string): Promise<string[][]> {
    const found: string[][] = [];
    let next: string | undefined = path;
    while (next !== undefined) {
      const reply = await bench.call('GET', next);
      const page = jobPageSchema.parse(reply.json());
      found.push(page.jobs.map(({ id }) => id));
      next = page.nextLink;
    }
    return found;
  }

  it('follows nextLink to every job once, newest first', async () => {
    const { bench, ids } = await fill(7);
    const found = await pages(bench, '/api/jobs?top=3');
    expect(found.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(found.flat()).toEqual(ids);
  });

  it('shows the asked statuses only, with full pages', async () => {
    const { bench, ids } = await fill(20);
    const found = await pages(bench, '/api/jobs?top=2&status=Queued,Running');
    expect(found[0]).toHaveLength(2);
    expect(found.flat()).toEqual(ids.filter((_id, index) => [0, 1].includes((19 - index) % 8)));
  });

  it('leaves out older jobs', async () => {
    const { bench, ids } = await fill(5);
    const found = await pages(bench, '/api/jobs?from=2026-01-01T00:00:04Z');
    expect(found.flat()).toEqual(ids.slice(0, 2));
  });

  it('is empty without jobs', async () => {
    expect(await pages(createBench(), '/api/jobs')).toEqual([[]]);
  });
});

describe('an app that is not well', () => {
  it('says which setting is wrong', async () => {
    const bench = createBench();
    bench.failServices = new ConfigError('TRANSHIP_ACCOUNTS', 'must be a JSON array');
    const reply = await bench.call('GET', '/api/jobs');
    expect([reply.status, reply.json()['type'], reply.json()['field']]).toEqual([
      503,
      'urn:tranship:problem:not-configured',
      'TRANSHIP_ACCOUNTS',
    ]);
  });

  it('tells nothing of an unexpected error but where to look', async () => {
    const bench = createBench();
    bench.failServices = new Error('secret details');
    const reply = await bench.call('GET', '/api/jobs');
    expect([reply.status, reply.json()['type']]).toEqual([500, 'urn:tranship:problem:unexpected']);
    expect(reply.text).not.toContain('secret');
    expect(reply.json()['detail']).toContain('invocation-1');
  });
});
