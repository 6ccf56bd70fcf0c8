import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../src/runtime/clock.js';
import { createMemoryJob } from '../../support/memory-job.js';

const gibibyte = 2 ** 30;

describe('a run over stores in memory', () => {
  it('copies every object with one request each and counts them once', async () => {
    const job = await createMemoryJob();
    for (let index = 0; index < 5200; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`, { sizeBytes: 10 });
    expect(await job.run()).toBe('Completed');
    const { totals } = job.board();
    expect(totals).toMatchObject({ planned: 5200, copied: 5200, skipped: 0, failed: 0, bytesCopied: 52000 });
    expect(job.cloud.account('target').keys('copy')).toHaveLength(5200);
    expect(job.cloud.count('copyFrom')).toBe(5200);
  });

  it('finishes an empty source', async () => {
    const job = await createMemoryJob();
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals.planned).toBe(0);
  });

  it('stages a large object over the lanes beside the small ones', async () => {
    const job = await createMemoryJob();
    for (let index = 0; index < 600; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`, { sizeBytes: 10 });
    job.cloud.account('source').put('data', 'large', { sizeBytes: 3 * gibibyte, content: 'large' });
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 601, copied: 601 });
    expect(job.cloud.account('target').object('copy', 'large')?.sizeBytes).toBe(3 * gibibyte);
    expect(job.cloud.count('stageFrom')).toBe(48);
  });

  it.each([
    [512, 16],
    [2, 2],
  ])('copies a lone object with %i requests allowed in %i blocks at once', async (maxInFlight, atOnce) => {
    const job = await createMemoryJob({ maxInFlight });
    job.cloud.account('source').put('data', 'lone', { sizeBytes: gibibyte, content: 'lone' });
    expect(await job.run()).toBe('Completed');
    expect(job.cloud.count('stageFrom')).toBe(16);
    expect(job.cloud.peakInFlight).toBe(atOnce);
  });

  it('goes on in the next slice when the time of one is over', async () => {
    let nowMs = wallClock.now();
    const clock = { ...wallClock, now: () => (nowMs += 1) }; // each look takes a millisecond
    const job = await createMemoryJob({}, { sliceMs: 100, clock });
    for (let index = 0; index < 300; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`, { sizeBytes: 10 });
    let slices = 0;
    const status = await job.run({ deliver: (_, slice) => ((slices += 1), slice()) });
    expect(status).toBe('Completed');
    expect(slices).toBeGreaterThan(2);
    expect(job.board().totals).toMatchObject({ copied: 300 });
    expect(job.cloud.count('copyFrom')).toBe(300);
  });

  it('counts once when every slice is delivered twice at the same time', async () => {
    const job = await createMemoryJob();
    for (let index = 0; index < 5200; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`, { sizeBytes: 10 });
    job.cloud.account('source').put('data', 'large', { sizeBytes: 2 * gibibyte, content: 'large' });
    const status = await job.run({
      deliver: async (_, slice) => {
        const [first] = await Promise.all([slice(), slice()]);
        return first;
      },
    });
    expect(status).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 5201, copied: 5201, conflicts: 0, failed: 0 });
  });
});
