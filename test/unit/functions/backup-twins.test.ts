import { expect, it } from 'vitest';
import { createPoint } from '../../../src/record/backup-points.js';
import { createBackupWorld } from '../../support/backup-world.js';

it('one key used twice at once leaves two points of one job, of which only its own stays', async () => {
  const { world, points } = await createBackupWorld({});
  world.jobMinutes = 5;
  await world.until('2026-01-01T01:01:00.000Z');
  const [own] = await points();
  if (own === undefined) throw new Error('there is no backup');
  expect(own.status).toBe('running');
  const place = { ...own.place, prefix: 'elsewhere/' };
  await createPoint(world.state, { ...own, dueAt: '2026-01-01T00:59:59.900Z', place });
  await world.until('2026-01-01T01:30:00.000Z');
  expect(await points()).toMatchObject([{ place: own.place, status: 'good' }]);
});
