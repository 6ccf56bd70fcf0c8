import { describe, expect, it } from 'vitest';
import { bundleChaos, plants } from '../support/chaos-bundle.js';
import { searchSeeds } from '../support/chaos-main.js';
import { nameOfDirection } from '../support/chaos-direction.js';
import { runSeed } from '../support/chaos-run.js';
import { planScenario } from '../support/chaos-scenario.js';
import { snapshotMoments } from '../support/chaos-snapshots.js';

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

describe('the seeds', () => {
  const scenarios = Array.from({ length: 250 }, (_, index) => planScenario(index + 1));

  it('have every kind of happening in store', () => {
    const kinds = new Set(
      scenarios.flatMap(({ steps }) =>
        steps.map(({ step }) => ('action' in step ? `${step.kind} ${step.action}` : step.kind)),
      ),
    );
    expect([...kinds].sort()).toEqual([
      'change-destination',
      'change-source',
      'delete-source',
      'kill',
      'lose-hub',
      'role',
      'steer cancel',
      'steer pause',
      'steer resume',
    ]);
    expect(scenarios.some(({ spec }) => spec.approve)).toBe(true);
    for (const direction of ['blob → blob', 'files → blob', 'blob → files', 'files → files']) {
      const there = scenarios.filter((scenario) => nameOfDirection(scenario.direction) === direction);
      const fromFiles = direction.startsWith('files');
      expect(there.some(({ spec }) => spec.mirror !== undefined)).toBe(true);
      expect(there.some(({ spec }) => spec.consistency === 'snapshot')).toBe(fromFiles);
      expect(there.some(({ spec }) => spec.emptyDirectories === true)).toBe(direction !== 'blob → blob');
      expect(there.some(({ sources }) => sources.some(({ put }) => put.stored !== undefined))).toBe(
        fromFiles,
      );
    }
    expect(new Set(scenarios.flatMap(({ snapshotKills }) => snapshotKills))).toEqual(
      new Set(snapshotMoments),
    );
    expect(scenarios.some(({ spec }) => spec.dryRun)).toBe(true);
    expect(scenarios.some(({ spec }) => spec.mirror !== undefined)).toBe(true);
    expect(scenarios.some(({ poisoned }) => poisoned.length > 0)).toBe(true);
    expect(scenarios.some(({ delivery }) => delivery.doubled > 0 && delivery.lateMs > 0)).toBe(true);
    expect(scenarios.some(({ weather }) => weather.slow > 0 && weather.stateFailures > 0)).toBe(true);
  });

  it('have every passing fault in store, before and after the service has acted', () => {
    const faults = scenarios.flatMap((scenario) => scenario.faults).filter(({ on }) => on !== 'list');
    const met = new Set(
      faults.map(({ error, lostReply = false }) => {
        const after = error?.retryAfterMs === undefined ? '' : ' with Retry-After';
        const name = String(error?.status ?? error?.message);
        const bare = error?.serviceCode === '' ? ' without a code' : '';
        return `${name}${after}${bare} ${lostReply ? 'after' : 'before'}`;
      }),
    );
    const bare = ['429', '500', '502', '503', '504'].map((status) => `${status} without a code`);
    for (const cause of ['408', '500', '503', '503 with Retry-After', 'connection reset', ...bare]) {
      expect(met).toContain(`${cause} before`);
      expect(met).toContain(`${cause} after`);
    }
    expect(met).toContain('the reply was cut short after');
    expect(met).toContain('401 before');
    expect(faults.some(({ on, lostReply }) => on === 'commit' && lostReply === true)).toBe(true);
  });
});

describe('a planted bug', () => {
  it.each(Object.entries(plants))('%s: is found within minutes', async (plant, { direction }) => {
    const { searchSeeds: searchPlanted } = await bundleChaos(plant);
    const { broken } = await searchPlanted({
      ...quiet,
      direction,
      maxSeeds: 2000,
      maxMs: 90_000,
      stopAtFirst: true,
    });
    expect(broken).toHaveLength(1);
  });
});
