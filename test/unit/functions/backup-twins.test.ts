import { expect, it } from 'vitest';
import { createPoint } from '../../../src/record/backup-points.js';
import { stateNames } from '../../../src/record/refs.js';
import { createBackupWorld } from '../../support/backup-world.js';

/** A world whose first backup is being made. */
async function withOneBackup() {
  const { world, points } = await createBackupWorld({});
  world.jobMinutes = 5;
  await world.until('2026-01-01T01:01:00.000Z');
  const [own] = await points();
  if (own === undefined) throw new Error('there is no backup');
  return { world, points, own };
}

it('one key used twice at once leaves two points of one job, of which only its own stays', async () => {
  const { world, points, own } = await withOneBackup();
  expect(own.status).toBe('running');
  const place = { ...own.place, prefix: 'elsewhere/' };
  await createPoint(world.state, { ...own, dueAt: '2026-01-01T00:59:59.900Z', place });
  await world.until('2026-01-01T01:30:00.000Z');
  expect(await points()).toMatchObject([{ place: own.place, status: 'good' }]);
});

it('takes the folder that stands when another host has chosen it in the same moment', async () => {
  const { world, points, own } = await withOneBackup();
  const place = { ...own.place, prefix: 'elsewhere/' };
  const dueAt = '2026-01-01T02:00:00.000Z';
  world.state.onCall = async (call, name) => {
    if (call !== 'put' || !name.startsWith(`${stateNames.points('hourly')}2026-01-01T02`)) return;
    world.state.onCall = undefined;
    const id = name.slice(name.lastIndexOf('-') + 1, -'.json'.length);
    await createPoint(world.state, { ...own, id, dueAt, place });
  };
  await world.until('2026-01-01T02:01:00.000Z');
  expect(world.logged.map(({ event }) => event)).toContain('schedule-failed');
  await world.until('2026-01-01T02:30:00.000Z');
  expect(await points()).toMatchObject([{ status: 'good' }, { dueAt, place, status: 'good' }]);
  expect(world.startedFor('hourly')).toHaveLength(2);
});
