import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeApi, type FakeApi } from './fake-api.js';
import { runTranship, type Run } from './terminal.js';

const body = { kind: 'schedule', schedule: { cron: '30 2 * * *' }, job: { source: 'a', destination: 'b' } };
const policy = {
  name: 'nightly',
  kind: 'schedule',
  paused: false,
  nextStartAt: '2026-11-23T01:30:00.000Z',
  schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
  job: { source: 'https://from.example/photos', destination: 'https://to.example/backups' },
  request: body,
};
const counts = { planned: 1, copied: 1, skipped: 0, deleted: 0, failed: 0, conflicts: 0, notAttempted: 0 };
const job = { id: 'job1', status: 'Completed', counts, bytes: { planned: 10, copied: 10 } };

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await startFakeApi();
  folder = await mkdtemp(join(tmpdir(), 'tranship-policy-'));
  api.on('GET', '/api/policies', {
    status: 200,
    body: { policies: [policy, { ...policy, name: 'weekly', paused: true, nextStartAt: null }] },
  });
  api.on('GET', '/api/policies/nightly', { status: 200, body: policy });
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

function run(...words: string[]): Promise<Run> {
  return runTranship(['policy', ...words], { environment: { TRANSHIP_API_URL: api.url } });
}

describe('tranship policy', () => {
  it('lists policies with what is next', async () => {
    const { exitCode, stdout } = await run('list');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nightly               schedule     active   2026-11-23T01:30:00.000Z');
    expect(stdout).toMatch(/weekly +schedule +paused +- +30 2 \* \* \* \(Europe\/Berlin\)/);
    expect(JSON.parse((await run('list', '--output=json')).stdout)).toHaveLength(2);
  });

  it('shows one with the body that saves it again', async () => {
    const { stdout } = await run('show', 'nightly');
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toEqual(body);
    expect(JSON.parse((await run('show', 'nightly', '--output=json')).stdout)).toEqual(policy);
  });

  it('shows where a schedule stands: what it started last, what waits, what was given up', async () => {
    const last = { dueAt: '2026-11-22T01:30:00.000Z', job: 'job1' };
    const status = { last, waiting: ['2026-11-22T02:30:00.000Z'], skipped: 2, missed: 1 };
    api.on('GET', '/api/policies/nightly', { status: 200, body: { ...policy, status } });
    const { exitCode, stdout, stderr } = await run('show', 'nightly');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Last start:  2026-11-22T01:30:00.000Z, job job1\n');
    expect(stdout).toContain('Waiting:     1 time; skipped: 2, missed: 1\n');
    const never = { last: null, waiting: [], skipped: 0, missed: 0 };
    api.on('GET', '/api/policies/nightly', { status: 200, body: { ...policy, status: never } });
    expect((await run('show', 'nightly')).stdout).toContain('Last start:  -\nWaiting:     0 times;');
  });

  it('saves what stands in a file, if need be over one version only', async () => {
    const file = join(folder, 'policy.json');
    await writeFile(file, JSON.stringify(body));
    api.on('PUT', '/api/policies/nightly', { status: 200, body: policy });
    const { exitCode, stderr } = await run('set', 'nightly', '--file', file, '--if-match', '"0x1"');
    expect([exitCode, stderr]).toEqual([0, 'Policy nightly is saved.\n']);
    expect(api.seen[0]).toMatchObject({ method: 'PUT', body, headers: { 'if-match': '"0x1"' } });
  });

  it('tells what is wrong with a file before it asks anybody', async () => {
    const file = join(folder, 'policy.json');
    await writeFile(file, '{');
    expect((await run('set', 'nightly')).stderr).toContain('--file is missing.');
    expect((await run('set', 'nightly', '--file', `${file}.other`)).stderr).toContain('cannot be read.');
    const { exitCode, stderr } = await run('set', 'nightly', '--file', file);
    expect([exitCode, stderr, api.seen]).toEqual([1, `${file} is not JSON.\n`, []]);
  });

  it('shows how a replication rule is getting on, and tries again what it has given up', async () => {
    const status = {
      lastEventAt: '2026-11-22T08:00:00.000Z',
      lagMs: { p50: 300, p99: 900 },
      backlog: { queuedEvents: null, waiting: 7 },
      deadLetters: 2,
    };
    const rule = {
      name: 'mirror',
      kind: 'replication',
      paused: false,
      nextReconcileAt: '2026-11-23T03:00:00.000Z',
      rule: { deletes: 'ignore', reconcile: { cron: '0 3 * * *', timeZone: 'UTC' } },
      status,
      request: {},
    };
    api.on('GET', '/api/policies/mirror', { status: 200, body: rule });
    const { stdout } = await run('show', 'mirror');
    expect(stdout).toMatch(/^mirror +replication +active +2026-11-23T03:00:00.000Z +0 3 \* \* \* \(UTC\)$/m);
    expect(stdout).toContain('Lag:          p50 300 ms, p99 900 ms');
    expect(stdout).toContain('Backlog:      ? queued events, 7 names waiting');
    expect(stdout).toContain('Dead letters: 2 ("tranship policy retry" tries them again)');
    api.on('POST', '/api/policies/mirror/retry', {
      status: 200,
      body: { retried: 2, failed: 0, more: false },
    });
    await expect(run('retry', 'mirror')).resolves.toMatchObject({
      exitCode: 0,
      stdout: 'Tried again: 2; failed again: 0.\n',
    });
    api.on('POST', '/api/policies/mirror/retry', {
      status: 200,
      body: { retried: 2, failed: 2, more: true },
    });
    const failed = await run('retry', 'mirror', '--output=json');
    expect([failed.exitCode, JSON.parse(failed.stdout)]).toEqual([2, { retried: 2, failed: 2 }]);
  });

  it('lists backups', async () => {
    const point = {
      id: 'job1',
      dueAt: '2026-11-22T02:30:00.000Z',
      mode: 'full',
      status: 'good',
      objects: 12,
      destination: 'd',
    };
    api.on('GET', '/api/policies/nightly/points', {
      status: 200,
      body: { points: [point, { ...point, objects: undefined, status: 'running' }] },
    });
    const { exitCode, stdout } = await run('points', 'nightly');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^job1 +2026-11-22T02:30:00.000Z +full +good +12$/m);
    expect(stdout).toMatch(/^job1 .* running +-$/m);
    expect(JSON.parse((await run('points', 'nightly', '--output=json')).stdout)).toHaveLength(2);
  });

  it('removes one', async () => {
    api.on('DELETE', '/api/policies/nightly', { status: 204 });
    expect(await run('remove', 'nightly')).toMatchObject({
      exitCode: 0,
      stderr: 'Policy nightly is removed.\n',
    });
  });

  it.each([
    ['pause', true, 'paused'],
    ['resume', false, 'active'],
  ])('asks to %s', async (action, paused, word) => {
    api.on('POST', `/api/policies/nightly/${action}`, { status: 200, body: { ...policy, paused } });
    expect((await run(action, 'nightly')).stderr).toBe(`Policy nightly is ${word}.\n`);
  });

  it('starts the job now and stays with it', async () => {
    api.on('POST', '/api/policies/nightly/run', { status: 202, body: { ...job, status: 'Queued' } });
    api.on('GET', '/api/jobs/job1', { status: 200, body: job });
    const { exitCode, stderr } = await run('run', 'nightly');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Job job1 is started.\n')]);
    expect(api.seen[0]?.headers['idempotency-key']).toMatch(/./);
    expect((await run('run', 'nightly', '--no-wait')).exitCode).toBe(0);
  });

  it('sends no request for what can be no name', async () => {
    const { exitCode, stderr } = await run('show', '../jobs');
    expect([exitCode, api.seen]).toEqual([1, []]);
    expect(stderr).toContain('can be no name of a policy');
  });
});

describe('tranship restore', () => {
  const restore = (...words: string[]): Promise<Run> =>
    runTranship(['restore', 'nightly', ...words], { environment: { TRANSHIP_API_URL: api.url } });

  beforeEach(() => {
    api.on('POST', '/api/policies/nightly/restore', { status: 202, body: job });
    api.on('GET', '/api/jobs/job1', { status: 200, body: job });
  });

  it('brings the newest backup back to where it came from', async () => {
    const { exitCode } = await restore();
    expect([exitCode, api.seen[0]?.body]).toEqual([0, {}]);
  });

  it('takes a point, a place, filters and a dry run', async () => {
    await restore(
      '--point',
      'abcdefgh',
      '--destination',
      'https://to.example/c/',
      '--include-path=a;b',
      '--dry-run',
    );
    expect(api.seen[0]?.body).toEqual({
      point: 'abcdefgh',
      destination: 'https://to.example/c/',
      include: { path: ['a', 'b'] },
      dryRun: true,
    });
    expect((await restore('--no-wait')).exitCode).toBe(0);
  });

  it('refuses a place with a query before it asks anybody', async () => {
    const { exitCode } = await restore('--destination', 'https://to.example/c?sig=x');
    expect([exitCode, api.seen]).toEqual([1, []]);
  });
});
