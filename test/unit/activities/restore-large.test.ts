import { describe, expect, it } from 'vitest';
import { createMemoryJob, type MemoryJob } from '../../support/memory-job.js';

const gibibyte = 1024 ** 3;

/** A restore of one large object, which something happens to when its blocks are staged. */
async function restoreLarge(happen: (job: MemoryJob) => void): Promise<MemoryJob> {
  const job = await createMemoryJob({
    overwrite: 'always',
    backup: { kind: 'restoreFull', policy: 'daily', point: 'point0001' },
  });
  job.cloud.account('source').put('data', 'large', { sizeBytes: 2 * gibibyte });
  job.cloud.fault({
    on: 'stageFrom',
    before: () => {
      happen(job);
    },
  });
  return job;
}

describe('a large object of a backup that is restored', () => {
  it('fails when it is gone', async () => {
    const job = await restoreLarge(({ cloud }) => {
      cloud.account('source').remove('data', 'large');
    });
    expect(await job.run()).toBe('CompletedWithErrors');
    expect(await job.outcomes()).toMatchObject([{ outcome: 'failed', reason: 'source-not-found' }]);
  });

  it('fails when another one is there', async () => {
    const job = await restoreLarge(({ cloud }) => {
      cloud.account('source').put('data', 'large', { sizeBytes: 3 * gibibyte });
    });
    expect(await job.run()).toBe('CompletedWithErrors');
    expect(await job.outcomes()).toMatchObject([{ outcome: 'failed', reason: 'source-changed' }]);
    expect(job.cloud.account('target').object('copy', 'large')).toBeUndefined();
  });
});
