import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeApi, type FakeApi } from '../fake-api.js';
import { runTranship } from '../terminal.js';

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await startFakeApi();
  api.on('GET', '/api/jobs/job1', { status: 200, body: { id: 'job1', status: 'Completed' } });
  folder = await mkdtemp(join(tmpdir(), 'tranship-cli-'));
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

async function writeLocal(text: string): Promise<void> {
  await mkdir(join(folder, '.tranship'), { recursive: true });
  await writeFile(join(folder, '.tranship', 'local.json'), text);
}

const show = ['jobs', 'show', 'job1'];

describe('the connection to the API', () => {
  it('comes from the local host when there is nothing else', async () => {
    await writeLocal(JSON.stringify({ apiUrl: `${api.url}/`, apiKey: 'local-key' }));
    const { exitCode } = await runTranship(show, { workingDirectory: folder });
    expect(exitCode).toBe(0);
    expect(api.seen[0]?.headers['x-functions-key']).toBe('local-key');
  });

  it('does not send the key of the local host to another API', async () => {
    await writeLocal(JSON.stringify({ apiUrl: 'http://127.0.0.1:1', apiKey: 'local-key' }));
    await runTranship([...show, '--api-url', api.url], { workingDirectory: folder });
    expect(api.seen[0]?.headers).not.toHaveProperty('x-functions-key');
  });

  it('carries the token of an app that asks for one', async () => {
    const environment = { TRANSHIP_API_URL: api.url, TRANSHIP_API_TOKEN: 'a.b.c' };
    await runTranship(show, { workingDirectory: folder, environment });
    expect(api.seen[0]?.headers.authorization).toBe('Bearer a.b.c');
  });

  it('is asked for when it is nowhere', async () => {
    const { exitCode, stderr } = await runTranship(show, { workingDirectory: folder });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('tranship local');
  });

  it('says so when the file of the local host is broken', async () => {
    await writeLocal('{');
    const { exitCode, stderr } = await runTranship(show, { workingDirectory: folder });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('local.json');
  });

  it.each([
    'http://app.example.com',
    'ftp://127.0.0.1',
    'https://user:pass@app.example.com',
    'https://app.example.com/?code=SECRET',
    'nonsense',
  ])('refuses %s', async (url) => {
    const { exitCode, stderr } = await runTranship([...show, '--api-url', url, '--api-key', 'k']);
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('SECRET');
  });

  it('refuses a certificate file that is missing', async () => {
    const { exitCode, stderr } = await runTranship([
      ...show,
      '--api-url',
      api.url,
      '--ca-file',
      '/nonexistent',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--ca-file');
  });

  it('ends with exit code 6 when nothing listens', async () => {
    const { url } = api;
    await api.close();
    const { exitCode, stderr } = await runTranship([...show, '--api-url', url]);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('ECONNREFUSED');
  });

  it('ends with exit code 6 when it stays unavailable', async () => {
    api.on('GET', '/api/jobs/job1', { status: 503 });
    expect((await runTranship([...show, '--api-url', api.url])).exitCode).toBe(6);
    expect(api.seen).toHaveLength(6);
  });

  it('does not wait for an app whose settings are wrong', async () => {
    api.on('GET', '/api/jobs/job1', {
      status: 503,
      body: { type: 'urn:tranship:problem:not-configured', detail: 'TRANSHIP_ACCOUNTS: must be JSON' },
    });
    const { exitCode, stderr } = await runTranship([...show, '--api-url', api.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TRANSHIP_ACCOUNTS');
    expect(api.seen).toHaveLength(1);
  });

  it('ends with exit code 6 when something else answers', async () => {
    api.on('GET', '/api/jobs/job1', { status: 200, body: '<html>' });
    expect((await runTranship([...show, '--api-url', api.url])).exitCode).toBe(6);
  });

  it('does not follow redirects', async () => {
    api.on('GET', '/api/jobs/job1', { status: 302, headers: { location: 'http://127.0.0.1:1/' } });
    const { exitCode, stderr } = await runTranship([...show, '--api-url', api.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Redirects');
  });

  it('names the key when the API wants one', async () => {
    api.on('GET', '/api/jobs/job1', { status: 401, body: '' });
    const { exitCode, stderr } = await runTranship([...show, '--api-url', api.url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('TRANSHIP_API_KEY');
  });
});

describe('help', () => {
  it('documents the exit codes and ends with 0', async () => {
    const { exitCode, stdout } = await runTranship(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Exit codes');
    expect(stdout).toContain('ifDifferent');
  });

  it('is offered when a command is unknown', async () => {
    const { exitCode, stderr } = await runTranship(['cpoy']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('copy');
  });
});
