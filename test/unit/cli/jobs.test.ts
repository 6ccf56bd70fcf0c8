import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeApi, type FakeApi } from './fake-api.js';
import { runTranship, type Run } from './terminal.js';

const counts = { planned: 4, copied: 2, skipped: 0, deleted: 0, failed: 2, conflicts: 0, notAttempted: 0 };
const job = { id: 'job1', status: 'CompletedWithErrors', counts, bytes: { planned: 10, copied: 5 } };
const lines = [
  { outcome: 'copied', reason: 'new', key: 'a.txt', sizeBytes: 5 },
  { outcome: 'failed', reason: 'source-changed', key: 'he said "hi", twice', sizeBytes: 1, status: 412 },
  {
    outcome: 'failed',
    reason: 'throttled',
    key: 'red\u001b[31m\u202etxt.exe',
    sizeBytes: 2048,
    message: 'busy',
  },
];
const ndjson = lines.map((line) => JSON.stringify(line));

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
  api.on('GET', '/api/jobs/job1', { status: 200, body: job });
  api.on('GET', '/api/jobs/job1/report?top=5000', {
    status: 200,
    headers: { link: `<https://elsewhere.example/api/jobs/job1/report?continuation=t1>; rel="next"` },
    body: `${ndjson[0] ?? ''}\n`,
  });
  api.on('GET', '/api/jobs/job1/report?continuation=t1', {
    status: 200,
    body: `${ndjson[1] ?? ''}\n${ndjson[2] ?? ''}\n`,
  });
});
afterEach(() => api.close());

function run(...words: string[]): Promise<Run> {
  return runTranship(['jobs', ...words], {
    environment: { TRANSHIP_API_URL: api.url, TRANSHIP_API_KEY: 'k3y' },
  });
}

describe('tranship jobs', () => {
  it('lists jobs over all pages up to --top', async () => {
    const page = (from: number, to: number): object[] =>
      Array.from({ length: to - from }, (_, index) => ({ ...job, id: `job${String(from + index)}` }));
    api.on('GET', '/api/jobs?status=Failed&top=3', {
      status: 200,
      body: { jobs: page(0, 2), nextLink: '/api/jobs?continuation=x' },
    });
    api.on('GET', '/api/jobs?continuation=x', { status: 200, body: { jobs: page(2, 9) } });
    const { exitCode, stdout } = await run('list', '--with-status=failed', '--top', '3');
    expect(exitCode).toBe(0);
    expect(stdout.match(/^job\d/gm)).toEqual(['job0', 'job1', 'job2']);
  });

  it('lists jobs as one line of JSON', async () => {
    api.on('GET', '/api/jobs?top=50', { status: 200, body: { value: [job] } });
    const { stdout } = await run('list', '--output=json');
    expect(JSON.parse(stdout)).toEqual([job]);
  });

  it('shows the last errors and what was asked for', async () => {
    const errors = [{ at: '2026-11-22T08:00:00Z', code: 'throttled', key: 'a\u0007b', message: 'busy' }];
    api.on('GET', '/api/jobs/job1', {
      status: 200,
      body: { ...job, status: 'Running', pending: 'pause', errors },
    });
    const { stdout } = await run('show', 'job1');
    expect(stdout).toContain('Running, pause asked for');
    expect(stdout).toContain('throttled: a\\u{7}b: busy');
  });

  it('shows a job with exit code 0, whatever became of it', async () => {
    const { exitCode, stdout } = await run('show', 'job1');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('4 planned = 2 copied');
    expect(stdout).toContain('tranship jobs retry job1');
    const backup = { kind: 'restore', policy: 'nightly' };
    api.on('GET', '/api/jobs/job1', { status: 200, body: { ...job, spec: { backup } } });
    const { stdout: restored } = await run('show', 'job1');
    expect(restored).toContain('tranship jobs report job1\n');
    expect(restored).not.toContain('retry');
  });

  it('says so when the counts of an ended job do not add up', async () => {
    api.on('GET', '/api/jobs/job1', { status: 200, body: { ...job, counts: { ...counts, failed: 1 } } });
    expect((await run('show', 'job1')).stdout).toContain('≠ (3 accounted for)');
  });

  it('watches a job and ends with its exit code', async () => {
    expect((await run('watch', 'job1')).exitCode).toBe(2);
  });

  it('sends the key of the API with every request', async () => {
    await run('show', 'job1');
    expect(api.seen[0]?.headers['x-functions-key']).toBe('k3y');
  });

  it('joins the pages of a report, and follows links only on the API itself', async () => {
    const { exitCode, stdout } = await run('report', 'job1', '--format', 'ndjson');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`${ndjson.join('\n')}\n`);
    expect(api.seen).toHaveLength(2);
  });

  it('asks the API for some outcomes and for the plan', async () => {
    api.on('GET', '/api/jobs/job1/report?outcome=failed%2Cconflict&view=plan&top=5000', {
      status: 200,
      body: `${ndjson[1] ?? ''}\n`,
    });
    const { stdout } = await run(
      'report',
      'job1',
      '--outcome=failed,Conflict',
      '--view=plan',
      '--output=json',
    );
    expect(stdout).toBe(`${ndjson[1] ?? ''}\n`);
  });

  it('passes on the CSV of the API, page by page', async () => {
    api.on('GET', '/api/jobs/job1/report?top=5000', {
      status: 200,
      headers: { link: '</api/jobs/job1/report?continuation=t1>; rel="next"' },
      body: 'outcome,key\r\nfailed,"two\nlines"\r\n',
    });
    api.on('GET', '/api/jobs/job1/report?continuation=t1', { status: 200, body: 'failed,b\r\n' });
    const { stdout } = await run('report', 'job1', '--format', 'csv');
    expect(stdout).toBe('outcome,key\r\nfailed,"two\nlines"\r\nfailed,b\r\n');
    expect(api.seen.map((request) => request.headers.accept)).toEqual(['text/csv', 'text/csv']);
  });

  it('writes a table that control characters in names cannot break', async () => {
    const { stdout } = await run('report', 'job1');
    expect(stdout).toContain('red\\u{1b}[31m\\u{202e}txt.exe');
    expect(stdout).toContain('2.0 KiB');
    expect(stdout).not.toContain('\u001b');
  });

  it.each(['pause', 'cancel'])('%s returns when the API has accepted it', async (action) => {
    api.on('POST', `/api/jobs/job1/${action}`, { status: 202, body: { id: 'job1', status: 'Running' } });
    const { exitCode } = await run(action, 'job1');
    expect(exitCode).toBe(0);
    expect(api.seen.map((request) => request.method)).toEqual(['POST']);
  });

  it('cancels and waits when asked to', async () => {
    api.on('POST', '/api/jobs/job1/cancel', { status: 202, body: { id: 'job1', status: 'Running' } });
    api.on('GET', '/api/jobs/job1', { status: 200, body: { ...job, status: 'Cancelled' } });
    expect((await run('cancel', 'job1', '--wait')).exitCode).toBe(4);
  });

  it('resumes a job and stays with it', async () => {
    api.on('POST', '/api/jobs/job1/resume', { status: 202, body: { id: 'job1', status: 'Queued' } });
    expect((await run('resume', 'job1')).exitCode).toBe(2);
  });

  it('watches the new job that a retry starts', async () => {
    api.on('POST', '/api/jobs/job1/retry', {
      status: 202,
      headers: { location: '/api/jobs/job2' },
      body: { id: 'job2', status: 'Queued' },
    });
    api.on('GET', '/api/jobs/job2', { status: 200, body: { ...job, id: 'job2', status: 'Completed' } });
    const { exitCode, stdout } = await run('retry', 'job1');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('job2');
  });

  it('approves a plan only by its hash', async () => {
    api.on('POST', '/api/jobs/job1/approve', { status: 202, body: { id: 'job1', status: 'Queued' } });
    const without = await run('approve', 'job1');
    expect(without.exitCode).toBe(1);
    expect(api.seen).toEqual([]);
    expect((await run('approve', 'job1', '--plan-hash', 'abc', '--no-wait')).exitCode).toBe(0);
    expect(api.seen[0]?.body).toEqual({ planHash: 'abc' });
  });

  it('passes on what the API refuses, with its advice', async () => {
    api.on('POST', '/api/jobs/job1/pause', {
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: { title: 'Conflict', detail: 'The job has ended', field: 'status', advice: 'Start a new one.' },
    });
    const { exitCode, stderr } = await run('pause', 'job1');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The API refused: The job has ended (status)');
    expect(stderr).toContain('Start a new one.');
  });

  it('refuses an id that would address something else', async () => {
    for (const id of ['..', 'a/b', 'a?b', '']) {
      expect((await run('show', id)).exitCode).toBe(1);
    }
    expect(api.seen).toEqual([]);
  });
});
