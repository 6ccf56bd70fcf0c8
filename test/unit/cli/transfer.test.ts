import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { transferFlags } from '../../../src/cli/flags/flags.js';
import { refusedFlags } from '../../../src/cli/flags/refused-flags.js';
import type { FakeApi } from './fake-api.js';
import { dst, runAgainst, src, startOneJobApi } from './one-job-api.js';
import type { Run } from './terminal.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startOneJobApi();
});
afterEach(() => api.close());

const run = (...words: string[]): Promise<Run> => runAgainst(api, ...words);

async function requestOf(...words: string[]): Promise<unknown> {
  const { exitCode, stderr } = await run(...words);
  expect(stderr).toContain('job1');
  expect(exitCode).toBe(0);
  return api.seen[0]?.body;
}

describe('tranship copy and sync', () => {
  it("asks for AzCopy's defaults: copy is flat and keeps the folder, sync is recursive and does not", async () => {
    expect(await requestOf('copy', src, dst)).toEqual({
      source: src,
      destination: dst,
      recursive: false,
      asSubdir: true,
    });
    api.seen.length = 0;
    expect(await requestOf('sync', src, dst)).toEqual({
      source: src,
      destination: dst,
      recursive: true,
      asSubdir: false,
    });
  });

  it('does not take the next word as the value of a boolean flag', async () => {
    expect(await requestOf('copy', '--recursive', '--as-subdir=false', src, dst)).toMatchObject({
      source: src,
      recursive: true,
      asSubdir: false,
    });
  });

  it('takes every flag that is true or false without a value, with one behind "=", and with one as the next word', async () => {
    const flags = transferFlags('sync').flatMap(
      ({ usage }) => /^(--[a-z0-9-]+) <bool>$/.exec(usage)?.[1] ?? [],
    );
    expect(flags.length).toBeGreaterThan(14);
    for (const flag of flags) {
      for (const words of [[flag], [`${flag}=false`], [flag, 'true'], [flag, 'False']]) {
        expect(await run('sync', ...words, src, dst)).toMatchObject({ exitCode: 0 });
      }
    }
    const sent = api.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
    expect(sent).toHaveLength(4 * flags.length);
    for (const body of sent) expect(body).toMatchObject({ source: src, destination: dst });
  });

  it.each([
    ['true', 'always'],
    ['false', 'never'],
    ['ifSourceNewer', 'ifNewer'],
    ['ifDifferent', 'ifDifferent'],
  ])('translates --overwrite=%s to %s', async (word, mode) => {
    expect(await requestOf('copy', src, dst, `--overwrite=${word}`)).toMatchObject({ overwrite: mode });
  });

  it('refuses to ask for each object, with advice', async () => {
    const overwrite = await run('copy', src, dst, '--overwrite=prompt');
    const deleting = await run('sync', src, dst, '--delete-destination=prompt');
    expect([overwrite.exitCode, deleting.exitCode]).toEqual([1, 1]);
    expect(overwrite.stderr).toContain('--approve');
    expect(deleting.stderr).toContain('--approve');
    expect(api.seen).toEqual([]);
  });

  it('sends every filter', async () => {
    const body = await requestOf(
      'copy',
      src,
      dst,
      '--include-pattern=*.jpg;*.png',
      '--exclude-pattern=tmp*',
      '--include-path=a;b/c',
      '--exclude-path=old',
      '--include-regex=^x.*$',
      '--exclude-regex=[0-9]{4}',
      '--exclude-tier=Archive',
      '--include-metadata=project=apollo;x=a=b',
      '--exclude-tags=hold=yes',
      '--exclude-blob-type=pageblob;AppendBlob',
      '--exclude-container=$web',
      '--include-after=2026-01-02T03:04:05Z',
      '--include-before=2026-01-02T03:04:05+02:00',
      '--min-size=4K',
      '--max-size=1.5GiB',
    );
    expect(body).toMatchObject({
      include: {
        pattern: ['*.jpg', '*.png'],
        path: ['a', 'b/c'],
        regex: ['^x.*$'],
        metadata: { project: 'apollo', x: 'a=b' },
      },
      exclude: {
        pattern: ['tmp*'],
        path: ['old'],
        regex: ['[0-9]{4}'],
        tier: ['Archive'],
        tags: { hold: 'yes' },
        blobType: ['PageBlob', 'AppendBlob'],
        container: ['$web'],
      },
      modifiedAfter: '2026-01-02T03:04:05.000Z',
      modifiedBefore: '2026-01-02T01:04:05.000Z',
      minSizeBytes: 4096,
      maxSizeBytes: 1610612736,
    });
  });

  it('sends what is kept and what is set', async () => {
    const body = await requestOf(
      'copy',
      src,
      dst,
      '--s2s-preserve-access-tier=false',
      '--s2s-preserve-blob-tags',
      '--s2s-preserve-properties=false',
      '--preserve-metadata=false',
      '--block-blob-tier=cool',
      '--metadata=A=1;b=2',
      '--content-type=text/plain',
      '--cache-control=no-store',
      '--block-size-mb=0.5',
      '--put-blob-size-mb=8',
      '--create-containers',
      '--max-in-flight=16',
      '--allow-overlap',
      '--dry-run',
      '--approve',
      '--from-to=BlobBlob',
    );
    expect(body).toMatchObject({
      preserve: { tier: 'off', tags: 'require', properties: false, metadata: false },
      set: {
        tier: 'Cool',
        metadata: { A: '1', b: '2' },
        properties: { contentType: 'text/plain', cacheControl: 'no-store' },
      },
      blockSizeBytes: 524288,
      singleShotBytes: 8388608,
      createContainers: true,
      maxInFlight: 16,
      allowOverlap: true,
      dryRun: true,
      approve: true,
    });
  });

  it('mirrors only when asked, and keeps the limits of the guard', async () => {
    expect(await requestOf('sync', src, dst, '--delete-destination=false')).not.toHaveProperty('mirror');
    api.seen.length = 0;
    expect(await requestOf('sync', src, dst, '--delete-destination')).toMatchObject({ mirror: true });
    api.seen.length = 0;
    expect(
      await requestOf('sync', src, dst, '--delete-destination', '--max-deletes=5', '--max-delete-percent=10'),
    ).toMatchObject({ mirror: { maxDeletes: 5, maxDeletePercent: 10 } });
    const alone = await run('sync', src, dst, '--max-deletes=5');
    expect(alone.exitCode).toBe(1);
    expect(alone.stderr).toContain('--delete-destination');
  });

  it('reads a list of files with a byte order mark and Windows line ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tranship-cli-'));
    await writeFile(join(folder, 'list.txt'), '\uFEFFa b.txt\r\n\r\ndir/%41\r\n');
    const body = await requestOf('copy', src, dst, `--list-of-files=${join(folder, 'list.txt')}`);
    await rm(folder, { recursive: true });
    expect(body).toMatchObject({ listOfFiles: ['a b.txt', 'dir/%41'] });
  });

  it('refuses a list of files that is not UTF-8, such as PowerShell writes, before anything is sent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tranship-cli-'));
    const file = join(folder, 'list.txt');
    await writeFile(file, '\uFEFFa.txt\r\n', 'utf16le');
    const { exitCode, stderr } = await run('copy', src, dst, `--list-of-files=${file}`);
    await rm(folder, { recursive: true });
    expect([exitCode, api.seen]).toEqual([1, []]);
    expect(stderr).toContain('is not UTF-8');
  });

  it('refuses a list of files that is missing', async () => {
    const { exitCode, stderr } = await run('copy', src, dst, '--list-of-files=/nonexistent/list');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--list-of-files');
  });

  it.each(Object.entries(refusedFlags))('refuses %s with the reason', async (flag, why) => {
    const { exitCode, stderr } = await run('copy', src, dst, `${flag}=x`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(why);
    expect(api.seen).toEqual([]);
  });

  it('refuses a flag that nobody knows, and names the nearest', async () => {
    const { exitCode, stderr } = await run('copy', src, dst, '--recursiv');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--recursive');
  });

  it.each([
    ['--recursive=maybe', 'true or false'],
    ['--block-size-mb=zero', 'MiB'],
    ['--min-size=big', '64KiB'],
    ['--include-after=yesterday', 'ISO 8601'],
    ['--metadata=novalue', 'key=value'],
    ['--block-blob-tier=Warm', 'Hot, Cool, Cold, Archive'],
    ['--from-to=BlobS3', 'BlobBlob'],
    ['--from-to=BlobFile', 'the destination is a file place'],
    ['--max-in-flight=0', 'at least 1'],
    ['--include-pattern=;', 'at least one value'],
  ])('says what %s should be', async (flag, hint) => {
    const { exitCode, stderr } = await run('copy', src, dst, flag);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(hint);
  });

  it('refuses a SAS before it leaves the machine, and does not repeat it', async () => {
    const { exitCode, stderr } = await run('copy', `${src}?sv=2025&sig=SECRET`, dst);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('managed identity');
    expect(stderr).not.toContain('SECRET');
    expect(api.seen).toEqual([]);
  });

  it('advises --recursive where the API wants it and the user has not given it', async () => {
    api.on('POST', '/api/jobs', {
      status: 400,
      body: {
        detail: 'an account is always copied whole',
        field: 'recursive',
        advice: 'Leave out recursive.',
      },
    });
    expect((await run('copy', src, dst)).stderr).toContain('Add --recursive.');
    expect((await run('copy', src, dst, '--recursive=false')).stderr).toContain('Leave out recursive.');
  });

  it('refuses a local path', async () => {
    const { exitCode, stderr } = await run('copy', './here', dst);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('SRC is not a URL');
  });
});
