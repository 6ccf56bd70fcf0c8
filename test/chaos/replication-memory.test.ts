import { describe, expect, it } from 'vitest';
import { ReplicationChaos, type ReplicationSeedResult } from '../support/chaos-replication.js';

const first = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');
const results: ReplicationSeedResult[] = [];
const seeds = Array.from({ length: 11 }, (_, index) => first + index);

describe('replication while processes die, requests fail, and events come twice, late or never', () => {
  it.each(seeds)('loses nothing silently, and a reconciliation repairs the rest, seed %i', async (seed) => {
    const result = await new ReplicationChaos(seed).run();
    results.push(result);
    expect(result.broken).toEqual([]);
    expect(result.killed).toBeGreaterThan(20);
  });

  it('does the same again for the same seed', async () => {
    expect(await new ReplicationChaos(first).run()).toEqual(results[0]);
  });

  it('has jobs, dead letters, poisoned messages and lost events in store', () => {
    for (const kind of ['jobs', 'deadLetters', 'poisoned', 'untold'] as const) {
      expect(results.some((result) => result[kind] > 0)).toBe(true);
    }
  });
});
