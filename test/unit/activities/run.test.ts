import { describe, expect, it } from 'vitest';
import type { SliceResult } from '../../../src/activities/contracts.js';
import { wallClock } from '../../../src/runtime/clock.js';
import { createMemoryJob } from '../../support/memory-job.js';

const gibibyte = 2 ** 30;

/** What a first slice finds, and how long it takes each time that it looks at the clock. */
interface JobShape {
  readonly small?: number;
  readonly unchanged?: number;
  readonly large?: number;
  readonly eachLookMs?: number;
}

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

  it.each<{
    readonly what: string;
    readonly job: JobShape;
    readonly first: SliceResult;
    readonly lanes: number;
  }>([
    {
      what: 'three segments, each a lane',
      job: { small: 10_100 },
      first: { next: 'more', lanes: 3, awake: 3, ready: 3 },
      lanes: 3,
    },
    {
      what: 'an object of five runs, each a lane',
      job: { large: 1 },
      first: { next: 'more', lanes: 5, awake: 5, ready: 5 },
      lanes: 5,
    },
    {
      what: 'what was found in 2.5 seconds, all the lanes that there may be',
      job: { small: 10_100, eachLookMs: 3000 },
      first: { next: 'more', lanes: 32, awake: 2, ready: 1 },
      lanes: 32,
    },
    {
      what: 'one segment, nothing to others',
      job: { small: 12_000, unchanged: 11_000 },
      first: { next: 'end', end: 'done' },
      lanes: 0,
    },
  ])(
    'its first slice leaves of $what',
    async ({ job: { small = 0, large, unchanged, eachLookMs }, first, lanes }) => {
      let nowMs = wallClock.now();
      const clock = { ...wallClock, now: () => (nowMs += eachLookMs ?? 0) };
      const job = await createMemoryJob({}, { sliceMs: 86_400_000, clock });
      const [source, target] = [job.cloud.account('source'), job.cloud.account('target')];
      for (let index = 0; index < small; index += 1) {
        const name = `k${String(index).padStart(5, '0')}`;
        if (index < (unchanged ?? 0)) target.put('copy', name, { content: name });
        source.put('data', name, { content: name });
      }
      if (large === 1) source.put('data', 'large', { sizeBytes: gibibyte + 1, content: 'large' });
      const seen: SliceResult[] = [];
      const working = new Set<number>();
      const status = await job.run({
        deliver: async (input, slice) => {
          if (input.first !== true) working.add(input.lane);
          const result = await slice();
          seen.push(result);
          return result;
        },
      });
      expect(status).toBe('Completed');
      expect(seen[0]).toEqual(first);
      expect(working.size).toBe(lanes);
    },
  );

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
