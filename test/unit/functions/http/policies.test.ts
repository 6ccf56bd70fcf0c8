import { describe, expect, it } from 'vitest';
import { policySchema } from '../../../../src/functions/http/policy-schemas.js';
import { jobSchema } from '../../../../src/functions/http/response-schemas.js';
import { listPoints } from '../../../../src/record/backup-points.js';
import { readJob } from '../../../../src/record/jobs.js';
import { removePolicy } from '../../../../src/record/policies.js';
import { type Bench, createBench, from, to, type Reply } from './api-bench.js';
import { expectProblem } from './expect-problem.js';

const nightly = {
  kind: 'schedule',
  schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
  job: { source: `${from}/photos/2026/`, destination: `${to}/backups/` },
  backup: { retention: { keepLast: 3 } },
};
const path = '/api/policies/nightly';

const save = (bench: Bench, body: unknown = nightly, headers = {}): Promise<Reply> =>
  bench.put(path, body, headers);

describe('PUT /api/policies/{name}', () => {
  it('creates a policy with every default told', async () => {
    const bench = createBench();
    const reply = await save(bench);
    expect(reply.status).toBe(201);
    expect(policySchema.parse(reply.json())).toEqual({
      name: 'nightly',
      kind: 'schedule',
      paused: false,
      createdAt: '2026-01-01T00:00:00.000Z',
      createdBy: 'key',
      changedAt: '2026-01-01T00:00:00.000Z',
      changedBy: 'key',
      schedule: {
        cron: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        catchUp: 'last',
        overlap: 'skip',
        jitterSeconds: 0,
      },
      job: {
        kind: 'copy',
        source: `${from}/photos/2026/`,
        destination: `${to}/backups`,
      },
      backup: {
        template: '{policy}/{yyyy}-{MM}-{dd}T{HH}{mm}',
        mode: 'full',
        fullEvery: 30,
        retention: { keepLast: 3 },
      },
      nextStartAt: '2026-01-01T01:30:00.000Z',
      request: nightly,
    });
    const shown = (await bench.call('GET', path)).json();
    policySchema.parse(shown);
    const status = { last: null, waiting: [], skipped: 0, missed: 0 };
    expect(shown).toEqual({ ...reply.json(), status });
    expect((await bench.call('GET', '/api/policies')).json()).toEqual({ policies: [reply.json()] });
  });

  it('replaces one, keeps who made it, and begins its schedule anew only when that has changed', async () => {
    const bench = createBench();
    await save(bench);
    const scheduledFrom = (): unknown =>
      (JSON.parse(bench.state.text('policies/nightly.json') ?? '{}') as Record<string, unknown>)[
        'scheduledFrom'
      ];
    bench.clock.advance(3_600_000);
    expect((await save(bench, { ...nightly, backup: {} })).status).toBe(200);
    expect(scheduledFrom()).toBe('2026-01-01T00:00:00.000Z');
    const reply = await save(bench, { ...nightly, schedule: { cron: '0 4 * * *' } });
    expect(scheduledFrom()).toBe('2026-01-01T01:00:00.000Z');
    expect(reply.json()).toMatchObject({
      createdAt: '2026-01-01T00:00:00.000Z',
      changedAt: '2026-01-01T01:00:00.000Z',
      nextStartAt: '2026-01-01T04:00:00.000Z',
    });
  });

  it('changes only the version that If-Match names', async () => {
    const bench = createBench();
    const { etag = '' } = (await save(bench)).headers;
    expectProblem(await save(bench, nightly, { 'if-none-match': '*' }), 'policy-changed');
    expectProblem(await save(bench, nightly, { 'if-match': '"other"' }), 'policy-changed');
    const second = await save(bench, nightly, { 'if-match': etag });
    expect([second.status, second.headers['etag'] === etag]).toEqual([200, false]);
    expectProblem(await bench.call('DELETE', path, { headers: { 'if-match': etag } }), 'policy-changed');
    expect((await bench.call('DELETE', path, { headers: { 'if-match': '*' } })).status).toBe(204);
    expectProblem(await bench.call('GET', path), 'policy-not-found');
    expectProblem(await save(bench, nightly, { 'if-match': '*' }), 'policy-changed');
  });

  it('loses a race openly', async () => {
    const bench = createBench();
    await save(bench);
    let raced = false;
    bench.state.onCall = async (call, name) => {
      if (call !== 'put' || raced) return;
      raced = true;
      await bench.state.put(name, bench.state.text(name) ?? '');
    };
    expectProblem(await save(bench), 'policy-changed');
  });

  it('writes over what a removal that was cut off has left', async () => {
    const bench = createBench();
    await save(bench);
    bench.state.onCall = (call) => {
      if (call === 'delete') throw new Error('the host dies');
    };
    expect((await bench.call('DELETE', path)).status).toBe(500);
    bench.state.onCall = undefined;
    expect((await bench.call('GET', '/api/policies')).json()).toEqual({ policies: [] });
    expect((await save(bench)).status).toBe(201);
  });

  it.each([
    ['kind', { kind: 'often' }],
    ['schedule.cron', { schedule: { cron: '61 * * * *' } }],
    ['schedule.cron', { schedule: { cron: '* * * * * *' } }],
    ['schedule.cron', { schedule: { cron: '@daily ___' } }],
    ['schedule.cron', { schedule: { cron: '0 0 31 2 *' } }],
    ['schedule.timeZone', { schedule: { cron: '0 0 * * *', timeZone: 'Mars/Olympus' } }],
    ['schedule.often', { schedule: { cron: '0 0 * * *', often: true } }],
    ['job.source', { job: { ...nightly.job, source: 'https://evil.example/photos/' } }],
    ['job.destination', { job: { source: `${from}/a-b/`, destination: `${from}/a-b/c/` } }],
    ['job.listOfFiles', { job: { ...nightly.job, listOfFiles: ['a'] } }],
    ['job.source', { job: { source: `${from}/photos/one.jpg`, destination: `${to}/backups/` } }],
    ['job.mirror', { job: { ...nightly.job, mirror: true } }],
    ['job.dryRun', { job: { ...nightly.job, dryRun: true } }],
    ['backup.template', { backup: { template: '{policy}/{yyyy}' } }],
    ['backup.template', { backup: { template: '../{yyyy}{MM}{dd}{HH}{mm}' } }],
    ['backup.template', { backup: { template: '{year}{yyyy}{MM}{dd}{HH}{mm}' } }],
    ['backup.retention', { backup: { retention: { minimumAgeDays: 3 } } }],
  ])('refuses a fault in %s and stores nothing', async (field, change) => {
    const bench = createBench();
    const reply = await save(bench, { ...nightly, ...change });
    expect([reply.status, reply.json()['field']]).toEqual([expect.any(Number), field]);
    expect([400, 422]).toContain(reply.status);
    expect(bench.state.names()).toEqual([]);
  });

  it('runs nothing that would not be as the call says', async () => {
    const bench = createBench();
    await save(bench);
    for (const body of [{ dryRun: true }, []]) {
      const reply = await bench.post('/api/policies/nightly/run', body);
      expectProblem(reply, 'invalid-request');
      expect(reply.json()['field']).toBe('body');
    }
    expect(bench.started).toEqual([]);
    expect((await bench.post('/api/policies/nightly/run', {})).status).toBe(202);
  });

  it('refuses what can be no name', async () => {
    expectProblem(await createBench().put('/api/policies/Nightly..', nightly), 'invalid-request');
  });

  it('says who has changed what', async () => {
    const bench = createBench();
    await save(bench);
    await bench.call('DELETE', path);
    expect(bench.logged.filter(({ event }) => event === 'audit')).toMatchObject([
      {
        action: 'savePolicy',
        caller: 'key',
        policy: 'nightly',
        status: 201,
        request: expect.stringContaining('30 2 * * *') as string,
      },
      { action: 'removePolicy', caller: 'key', policy: 'nightly', status: 204 },
    ]);
  });
});

describe('a policy at work', () => {
  it('starts one job for one key, in a folder of its own', async () => {
    const bench = createBench();
    await save(bench);
    const run = () => bench.post(`${path}/run`, undefined, { 'idempotency-key': 'now' });
    const first = await run();
    bench.clock.advance(61_000);
    const again = await run();
    const job = jobSchema.parse(first.json());
    expect([first.status, again.status, again.json()['id']]).toEqual([202, 202, job.id]);
    const folder = `nightly/2026-01-01T0000-${job.id.slice(0, 8)}/`;
    expect(job).toMatchObject({
      destination: `${to}/backups/${folder}`,
      policy: { name: 'nightly', dueAt: '2026-01-01T00:00:00.000Z' },
    });
    expect((await readJob(bench.state, job.id))?.spec.destination.prefix).toBe(folder);
    expect(await listPoints(bench.state, 'nightly')).toHaveLength(1);
  });

  it('starts a job for each call without a key, however close', async () => {
    const bench = createBench();
    await save(bench);
    const run = () => bench.post(`${path}/run`);
    const replies = [await run(), await run(), ...(await Promise.all([run(), run(), run()]))];
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(202));
    for (const field of ['id', 'destination'])
      expect(new Set(replies.map((reply) => reply.json()[field])).size).toBe(5);
    const points = (await listPoints(bench.state, 'nightly')).map(({ point }) => point);
    expect(new Set(points.map(({ place }) => place.prefix)).size).toBe(5);
  });

  it('goes on under one key with the folder that its first try has claimed', async () => {
    const bench = createBench();
    await save(bench);
    const run = () => bench.post(`${path}/run`, undefined, { 'idempotency-key': 'now' });
    bench.state.onCall = (call, name) => {
      if (call === 'put' && name.startsWith('points/')) throw new Error('the host dies');
    };
    expect((await run()).status).toBe(500);
    bench.state.onCall = undefined;
    bench.clock.advance(61_000);
    const again = await run();
    expect([again.status, again.json()['destination']]).toEqual([
      202,
      `${to}/backups/nightly/2026-01-01T0000-${String(again.json()['id']).slice(0, 8)}/`,
    ]);
    expect(await listPoints(bench.state, 'nightly')).toHaveLength(1);
  });

  it('leaves no backup behind when its start is refused', async () => {
    const bench = createBench();
    await save(bench);
    const job = { source: `${from}/other/`, destination: `${to}/backups/` };
    expect((await bench.post('/api/jobs', job)).status).toBe(202);
    expectProblem(await bench.post(`${path}/run`), 'destination-in-use');
    expect(await listPoints(bench.state, 'nightly')).toEqual([]);
  });

  it('says of a backup what its first try has said, when that was all it came to', async () => {
    const bench = createBench();
    await save(bench);
    const run = () => bench.post(`${path}/run`, undefined, { 'idempotency-key': 'now' });
    const { id } = (await run()).json();
    for (const name of [`jobs/${String(id)}/record.json`, `jobs/${String(id)}/board.json`]) {
      expect(await bench.state.get(name)).toBeDefined();
      await bench.state.delete(name);
    }
    bench.clock.advance(61_000);
    expect((await run()).json()).toMatchObject({ id, policy: { dueAt: '2026-01-01T00:00:00.000Z' } });
    expect(await listPoints(bench.state, 'nightly')).toHaveLength(1);
  });

  it('is paused and resumed, each once however often it is asked', async () => {
    const bench = createBench();
    await save(bench);
    const paused = await bench.post(`${path}/pause`);
    expect(paused.json()).toMatchObject({ paused: true, nextStartAt: null });
    expect((await bench.post(`${path}/pause`)).headers['etag']).toBe(paused.headers['etag']);
    bench.clock.advance(1000);
    const resumed = await bench.post(`${path}/resume`);
    expect(resumed.json()).toMatchObject({ paused: false, changedAt: '2026-01-01T00:00:01.000Z' });
    expectProblem(await bench.post('/api/policies/other/resume'), 'policy-not-found');
  });

  it('is gone only in the version that was read', async () => {
    const bench = createBench();
    await save(bench);
    const { etag = '' } = (await save(bench)).headers;
    const policy = JSON.parse(bench.state.text('policies/nightly.json') ?? '') as never;
    await bench.state.put('schedules/nightly.json', '{}');
    expect(await removePolicy(bench.state, { policy, etag: '"old"' })).toBe(false);
    expect(bench.state.names('schedules/')).toHaveLength(1);
    expect(await removePolicy(bench.state, { policy, etag })).toBe(true);
    expect(bench.state.names()).toEqual([]);
  });
});
