import type { BackupRules } from '../../src/job/backup-rules.js';
import { type BackupPoint, listPoints } from '../../src/record/backup-points.js';
import { writePolicy } from '../../src/record/policies.js';
import { schedulePolicy } from './schedule-policy.js';
import { createScheduleWorld, type ScheduleWorld } from './schedule-world.js';

const begin = '2026-01-01T00:00:00.000Z';
const dayMs = 24 * 60 * 60_000;

/** A world with one policy, `nightly`, at three o'clock: full backups unless said otherwise. */
export async function worldWith(backup: Partial<BackupRules>): Promise<ScheduleWorld> {
  const world = createScheduleWorld(Date.parse(begin));
  const rules = {
    template: '{policy}/{yyyy}{MM}{dd}{HH}{mm}',
    mode: 'full',
    fullEvery: 3,
    ...backup,
  } as const;
  const policy = schedulePolicy('nightly', begin, { cron: '0 3 * * *', overlap: 'queue' }, { backup: rules });
  await writePolicy(world.state, policy, undefined);
  return world;
}

/** Days pass; one look at four o'clock, and one for each minute around the time of the backup. */
export async function days(world: ScheduleWorld, count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    const midnight = Math.floor(world.clock.now() / dayMs) * dayMs;
    world.clock.advance(midnight + 3 * 3_600_000 - 60_000 - world.clock.now());
    await world.until(new Date(midnight + 3 * 3_600_000 + 8 * 60_000).toISOString());
    world.clock.advance(midnight + dayMs - world.clock.now());
  }
}

/** Its backups, oldest first. */
export const points = async (world: ScheduleWorld): Promise<readonly BackupPoint[]> =>
  (await listPoints(world.state, 'nightly')).map(({ point }) => point);
/** The same as day of the month and status. */
export const shown = async (world: ScheduleWorld): Promise<readonly string[]> =>
  (await points(world)).map(({ dueAt, status }) => `${dueAt.slice(8, 10)} ${status}`);
