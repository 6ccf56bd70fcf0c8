import { describe, expect, it } from 'vitest';
import { createBackupWorld } from '../support/backup-world.js';
import { HostDied } from '../support/schedule-world.js';
import { createSeededRandom } from '../support/seeded-random.js';

const minuteMs = 60_000;
const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');

function rethrowUnlessDead(error: unknown): void {
  if (!(error instanceof HostDied)) throw error;
}

/** Hours of backups that change, are kept and removed, while the hosts that look after them die at seeded requests. */
async function live(hours: number, rounds: number) {
  const random = createSeededRandom(rounds);
  const backups = await createBackupWorld({ retention: { keepLast: 3, minimumAgeDays: 0 } });
  const { world } = backups;
  const host = world.host();
  const faults: string[] = [];
  let deaths = 0;
  const kept = new Set<string>();
  for (let minute = 0; minute < hours * 60; minute += 5) {
    world.clock.advance(5 * minuteMs);
    if (random.chance(0.4)) backups.change(random);
    await world.work();
    if (random.chance(0.5)) host.dieAfter(random.between(1, 30), random.pick(['before', 'after']));
    await host.look().catch(rethrowUnlessDead);
    if (host.isDead) {
      deaths += 1;
      faults.push(...(await backups.faults()));
    }
    host.restart();
    for (const { id, status } of await backups.points()) if (status === 'good') kept.add(id);
  }
  for (let more = 0; more < 200; more += 1) {
    world.clock.advance(minuteMs);
    await world.work();
    await host.look();
    const points = await backups.points();
    if (more > 30 && points.every(({ status }) => status === 'good')) break;
  }
  return { backups, world, faults: [...faults, ...(await backups.faults())], deaths, good: kept.size };
}

describe('backups whose hosts die at any request', () => {
  // The first three find a removal that begins with the oldest.
  it.each([...new Set([9, 11, 12, seed])])(
    'are good only when they are whole, and lose nothing that one that stays needs (seed %i)',
    async (round) => {
      const { backups, world, faults, deaths, good } = await live(30, round);
      expect(faults).toEqual([]);
      const points = await backups.points();
      expect(points.filter(({ status }) => status !== 'good')).toEqual([]);
      // Three, and what the oldest of them needs.
      expect(points.length).toBeGreaterThanOrEqual(3);
      expect(points.length).toBeLessThanOrEqual(3 + 4);
      expect(good).toBeGreaterThan(20);
      const made = world.started.filter(({ spec }) => spec.backup?.kind === 'incremental');
      expect(new Set(made.map(({ policy }) => policy?.dueAt)).size).toBe(made.length);
      const folders = new Set(
        backups.cloud
          .account('target')
          .keys('copy')
          .map((key) => key.split('/').slice(0, 3).join('/') + '/'),
      );
      // Nothing is left behind of what was removed.
      for (const folder of folders) expect(points.map(({ place }) => place.prefix)).toContain(folder);
      expect(deaths).toBeGreaterThan(40);
      console.info(`${String(good)} good backups, ${String(deaths)} hosts died (seed ${String(round)})`);
    },
  );
});
