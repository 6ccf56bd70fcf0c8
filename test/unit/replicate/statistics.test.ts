import { describe, expect, it } from 'vitest';
import { addLag, lagQuantileMs, mergeLags } from '../../../src/replicate/lag-histogram.js';
import type { LagHistogram } from '../../../src/replicate/lag-histogram.js';
import { ReplicationStatistics, summariseRule } from '../../../src/replicate/statistics.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { createStepClock } from '../../support/step-clock.js';

describe('a histogram of lags', () => {
  const of = (...lags: readonly number[]): LagHistogram => lags.reduce<LagHistogram>(addLag, []);

  it('gives quantiles that are never too low and at most a quarter too high', () => {
    for (const lagMs of [51, 100, 999, 5000, 60_000, 3_600_000]) {
      const told = lagQuantileMs(of(lagMs), 0.5) ?? 0;
      expect(told).toBeGreaterThanOrEqual(lagMs);
      expect(told).toBeLessThanOrEqual(lagMs * 1.26);
    }
  });

  it('tells the middle from the end, also of two histograms together', () => {
    const quick = of(...Array.from({ length: 98 }, () => 100));
    const both = mergeLags(quick, of(60_000, 60_000));
    expect(lagQuantileMs(both, 0.5)).toBeLessThan(130);
    expect(lagQuantileMs(both, 0.99)).toBeGreaterThan(59_000);
  });

  it('takes clocks that differ, and the longest lags, and knows nothing of nothing', () => {
    expect(lagQuantileMs(of(-500), 1)).toBe(50);
    expect(lagQuantileMs(of(10 ** 12), 1)).toBeGreaterThan(10 ** 7);
    expect(lagQuantileMs([], 0.5)).toBeUndefined();
  });
});

describe('ReplicationStatistics', () => {
  const hourMs = 3_600_000;

  it('adds up what several processes have counted in the last 24 hours', async () => {
    const clock = createStepClock();
    const state = createMemoryStateStore(clock);
    const [one, two] = ['one', 'two'].map((name) => new ReplicationStatistics(state, clock, name));
    one?.count('r', 'copied', { lagMs: 200, eventMs: clock.now() });
    one?.count('other', 'copied', { lagMs: 1 });
    clock.advance(2 * hourMs);
    one?.count('r', 'copied', { lagMs: 400, eventMs: 5 });
    two?.count('r', 'failed');
    await Promise.all([one?.flush(), two?.flush()]);

    const summary = await summariseRule(state, 'r', clock.now());

    expect(summary.counts).toEqual({ copied: 2, failed: 1 });
    expect(summary.lastEventAt).toBe('2026-01-01T00:00:00.000Z');
    expect(summary.lagMs?.p99).toBeGreaterThanOrEqual(400);
    expect(summary.lagMs?.p50).toBe(summary.lagMs?.p99);
  });

  it('forgets what is older, and removes the blobs of processes that are long gone', async () => {
    const clock = createStepClock();
    const state = createMemoryStateStore(clock);
    const statistics = new ReplicationStatistics(state, clock, 'one');
    statistics.count('r', 'copied', { lagMs: 200 });
    await statistics.flush();
    clock.advance(25 * hourMs);
    await expect(summariseRule(state, 'r', clock.now())).resolves.toEqual({ counts: {} });
    expect(state.names()).toEqual([]);
  });

  it('writes once for many counts', async () => {
    const clock = createStepClock();
    const state = createMemoryStateStore(clock);
    const statistics = new ReplicationStatistics(state, clock, 'one');
    const flushes = Array.from({ length: 1000 }, () => {
      statistics.count('r', 'copied', { lagMs: 10 });
      return statistics.flush();
    });
    await Promise.all(flushes);
    expect(state.count('put')).toBe(1);
    await expect(summariseRule(state, 'r', clock.now())).resolves.toMatchObject({ counts: { copied: 1000 } });
  });
});
