import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../src/runtime/clock.js';
import type { Fault, StoreCall } from '../../support/memory-faults.js';
import { createMemoryJob, type MemoryJob } from '../../support/memory-job.js';
import { contentSize, type MemoryObject } from '../../support/memory-object.js';
import { createMemoryCloud } from '../../support/memory-store.js';

const mebibyte = 2 ** 20;
const sizes = [
  ['in blocks within one slice', 500 * mebibyte],
  ['in runs of blocks', 3 * 1024 * mebibyte],
] as const;

async function open(sizeBytes: number): Promise<MemoryJob> {
  const cloud = createMemoryCloud({ clock: wallClock });
  cloud.account('source', { service: 'files' });
  const location = { account: 'source', service: 'files', container: 'data', prefix: '' } as const;
  const job = await createMemoryJob(
    { source: { kind: 'prefix', location, base: '', recursive: true } },
    { cloud },
  );
  put(job, 'v1', sizeBytes);
  return job;
}

function put({ cloud }: MemoryJob, content: string, sizeBytes: number): void {
  cloud.account('source').put('data', 'f', { content, sizeBytes });
}

/** Something happens to the file just before a request about it is served. */
function before(job: MemoryJob, on: StoreCall, happens: () => void, fault: Partial<Fault> = {}): void {
  job.cloud.fault({ on, account: 'target', key: 'f', ...fault, before: happens });
}

function copy({ cloud }: MemoryJob): MemoryObject | undefined {
  return cloud.account('target').object('copy', 'f');
}

function commits({ cloud }: MemoryJob): number {
  return cloud.requests.filter(({ call }) => call === 'commit').length;
}

async function endOf(job: MemoryJob): Promise<string> {
  await job.run();
  const [outcome] = await job.outcomes();
  return `${String(outcome?.outcome)} ${String(outcome?.reason)}`;
}

describe.each(sizes)('a file in a share that is copied %s, and changes', (_way, sizeBytes) => {
  it('costs two looks when it keeps still, and one more at a small one instead of listing its directory', async () => {
    const job = await open(sizeBytes);
    expect(await endOf(job)).toBe('copied new');
    expect(job.cloud.count('stat', 'source')).toBe(sizeBytes > 1024 * mebibyte ? 2 : 3);
  });

  it('is never put together from two versions', async () => {
    const job = await open(sizeBytes);
    before(
      job,
      'stageFrom',
      () => {
        put(job, 'v2', sizeBytes + 7);
      },
      { skip: 3 },
    );
    expect(await endOf(job)).toBe('copied new');
    expect(new Set(copy(job)?.content.map(({ of }) => of))).toEqual(new Set(['v2']));
    expect(contentSize(copy(job)?.content ?? [])).toBe(sizeBytes + 7);
  });

  it('is not written at all while it never keeps still', async () => {
    const job = await open(sizeBytes);
    let version = 1;
    before(
      job,
      'stageFrom',
      () => {
        put(job, `v${String((version += 1))}`, sizeBytes + version);
      },
      { times: 1e9 },
    );
    expect(await endOf(job)).toBe('failed source-changed');
    expect(copy(job)).toBeUndefined();
    expect(commits(job)).toBe(0);
  });

  it('is copied as it is now when it became shorter than what is asked for', async () => {
    const job = await open(sizeBytes);
    before(job, 'stageFrom', () => {
      put(job, 'v2', 10);
    });
    expect(await endOf(job)).toBe('copied new');
    expect(copy(job)?.content).toEqual([{ of: 'v2', offset: 0, sizeBytes: 10 }]);
  });

  it('is vanished when it was deleted', async () => {
    const job = await open(sizeBytes);
    before(
      job,
      'stageFrom',
      () => {
        job.cloud.account('source').remove('data', 'f');
      },
      { skip: 1 },
    );
    expect(await endOf(job)).toBe('skipped vanished');
  });

  it('is copied again when it was changed once its blocks were looked at', async () => {
    const job = await open(sizeBytes);
    before(job, 'commit', () => {
      put(job, 'v2', sizeBytes + 7);
    });
    expect(await endOf(job)).toBe('copied new');
    expect(copy(job)?.sizeBytes).toBe(sizeBytes + 7);
    expect(commits(job)).toBe(2);
  });
});
