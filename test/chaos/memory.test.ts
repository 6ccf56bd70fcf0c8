import { describe, expect, it } from 'vitest';
import { bundleChaos, plants } from '../support/chaos-bundle.js';
import { searchSeeds } from '../support/chaos-main.js';
import { runSeed } from '../support/chaos-run.js';

const quiet = { firstSeed: 1, stopAtFirst: false, print: () => undefined };

describe('whole jobs under kills, faults, doubled and late deliveries, changes on both sides and steering', () => {
  it('break no invariant, and a calm job afterwards makes the destination the source', async () => {
    const { broken, seeds } = await searchSeeds({ ...quiet, maxSeeds: 250, maxMs: 25_000 });
    expect(broken).toEqual([]);
    expect(seeds).toBeGreaterThanOrEqual(20);
  });

  it('do the same again for the same seed', async () => {
    expect(await runSeed(10)).toEqual(await runSeed(10));
  });
});

describe('a planted bug', () => {
  it.each(Object.keys(plants))('%s: is found within minutes', async (plant) => {
    const { searchSeeds: searchPlanted } = await bundleChaos(plant);
    const { broken } = await searchPlanted({
      ...quiet,
      maxSeeds: 2000,
      maxMs: 90_000,
      stopAtFirst: true,
    });
    expect(broken).toHaveLength(1);
  });
});
