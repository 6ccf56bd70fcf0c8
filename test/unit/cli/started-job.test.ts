import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeApi } from './fake-api.js';
import { completed, counts, dst, runAgainst, src, startOneJobApi } from './one-job-api.js';
import { runTranship, type Run } from './terminal.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startOneJobApi();
});
afterEach(() => api.close());

const run = (...words: string[]): Promise<Run> => runAgainst(api, ...words);

describe('a job that the CLI starts', () => {
  it('sends a fresh idempotency key, or the one that was given', async () => {
    await run('copy', src, dst);
    await run('copy', src, dst, '--idempotency-key=nightly-1');
    const posts = api.seen.filter((request) => request.method === 'POST');
    expect(posts.map((request) => request.headers['idempotency-key'])).toEqual([
      '00000000-0000-4000-8000-000000000001',
      'nightly-1',
    ]);
  });

  it('repeats the request under the same key when the reply says that it may pass', async () => {
    api.on(
      'POST',
      '/api/jobs',
      { status: 503, headers: { 'retry-after': '2' } },
      { status: 202, body: { id: 'job1', status: 'Queued' } },
    );
    const { exitCode } = await run('copy', src, dst);
    const keys = api.seen
      .filter((request) => request.method === 'POST')
      .map((r) => r.headers['idempotency-key']);
    expect(exitCode).toBe(0);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it('follows Location when the reply has no body', async () => {
    api.on('POST', '/api/jobs', { status: 202, headers: { location: `${api.url}/api/jobs/job1` }, body: '' });
    const { exitCode, stdout } = await run('copy', src, dst, '--no-wait');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('job1');
  });

  it('returns at once with --no-wait and says how to watch', async () => {
    const { exitCode, stdout } = await run('copy', src, dst, '--no-wait');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('tranship jobs watch job1');
    expect(api.seen).toHaveLength(1);
  });

  it('prints the summary with the conservation law', async () => {
    const { stdout } = await run('copy', src, dst);
    expect(stdout).toContain(
      '3 planned = 3 copied + 0 skipped + 0 deleted + 0 failed + 0 conflicts + 0 not attempted',
    );
    expect(stdout).toContain('1 source, 5 destination, 20 state');
    expect(stdout).toContain('1 objects/s');
  });

  it('prints one line of JSON on standard output with --output json, and nothing else', async () => {
    const { stdout } = await run('copy', src, dst, '--output', 'json');
    expect(stdout.endsWith('\n')).toBe(true);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual(completed);
  });

  it.each([
    ['Completed', 0],
    ['CompletedWithErrors', 2],
    ['Failed', 3],
    ['Cancelled', 4],
    ['AwaitingApproval', 5],
    ['Paused', 5],
  ])('ends with a job that is %s with exit code %i', async (status, code) => {
    api.on(
      'GET',
      '/api/jobs/job1',
      { status: 200, body: { ...completed, status: 'Running', phase: 'copy' } },
      { status: 200, body: { ...completed, status, planHash: 'abc' } },
    );
    expect((await run('copy', src, dst)).exitCode).toBe(code);
  });

  it('shows progress as plain lines, one for each phase, without flooding', async () => {
    const running = { ...completed, status: 'Running', phase: 'copy', counts: { ...counts, copied: 1 } };
    const replies = Array.from({ length: 30 }, () => ({ status: 200, body: running }));
    api.on('GET', '/api/jobs/job1', ...replies, { status: 200, body: completed });
    const { stderr } = await run('copy', src, dst);
    const lines = stderr.split('\n').filter((line) => line.startsWith('copy '));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThan(8);
    expect(lines[0]).toContain('1 of 3 objects');
  });

  it('leaves the job running on Ctrl-C and says how to watch and cancel it', async () => {
    api.on('GET', '/api/jobs/job1', {
      status: 200,
      body: { ...completed, status: 'Running', phase: 'plan' },
    });
    const { exitCode, stderr } = await runTranship(['copy', src, dst], {
      environment: { TRANSHIP_API_URL: api.url },
      onSleep: (interrupt) => {
        interrupt();
      },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('tranship jobs watch job1');
    expect(stderr).toContain('tranship jobs cancel job1');
    expect(api.seen.some((request) => request.path.endsWith('/cancel'))).toBe(false);
  });

  it('rides out an API that is away for a few seconds while it watches', async () => {
    api.on('GET', '/api/jobs/job1', { status: 502 }, { status: 503 }, { status: 200, body: completed });
    expect((await run('copy', src, dst)).exitCode).toBe(0);
  });
});
