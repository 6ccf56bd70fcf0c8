import { describe, expect, it } from 'vitest';
import { jobIdForPolicy } from '../../../src/record/job-id.js';
import { readJob } from '../../../src/record/jobs.js';
import { writePolicy } from '../../../src/record/policies.js';
import { readSchedule } from '../../../src/record/schedule-state.js';
import { createScheduleWorld, type ScheduleWorld } from '../../support/schedule-world.js';
import { schedulePolicy } from '../../support/schedule-policy.js';

const begin = '2026-01-01T00:00:00.000Z';
const minuteMs = 60_000;

async function worldWith(...changes: Parameters<typeof schedulePolicy>[2][]): Promise<ScheduleWorld> {
  const world = createScheduleWorld(Date.parse(begin));
  for (const [index, change] of changes.entries()) {
    await writePolicy(world.state, schedulePolicy(`policy-${String(index)}`, begin, change), undefined);
  }
  return world;
}

describe('scheduleJobs', () => {
  it('starts a job when it is due, once, and says for which time', async () => {
    const world = await worldWith({ cron: '30 2 * * *' });
    await world.until('2026-01-02T02:31:00.000Z');
    expect(world.startedFor('policy-0')).toEqual(['2026-01-01T02:30:00.000Z', '2026-01-02T02:30:00.000Z']);
    const job = jobIdForPolicy({ name: 'policy-0', createdAt: begin }, '2026-01-01T02:30:00.000Z');
    expect((await readJob(world.state, job))?.policy).toEqual({
      name: 'policy-0',
      dueAt: '2026-01-01T02:30:00.000Z',
    });
  });

  it('gives up a time whose predecessor still runs', async () => {
    const world = await worldWith({ cron: '*/10 * * * *', overlap: 'skip' });
    world.jobMinutes = 25;
    await world.until('2026-01-01T01:00:00.000Z');
    expect(world.startedFor('policy-0').map((dueAt) => dueAt.slice(14, 16))).toEqual(['10', '40']);
    expect(world.logged).toContainEqual({
      event: 'schedule-times-dropped',
      policy: 'policy-0',
      skipped: 1,
      missed: 0,
    });
  });

  it('queues a time whose predecessor still runs', async () => {
    const world = await worldWith({ cron: '*/10 * * * *', overlap: 'queue' });
    world.jobMinutes = 25;
    await world.until('2026-01-01T01:30:00.000Z');
    expect(world.startedFor('policy-0').map((dueAt) => dueAt.slice(14, 16))).toEqual([
      '10',
      '20',
      '30',
      '40',
    ]);
  });

  it('cancels the predecessor that still runs, then starts the newest time', async () => {
    const world = await worldWith({ cron: '*/10 * * * *', overlap: 'cancelPrevious' });
    world.jobMinutes = 1000;
    await world.until('2026-01-01T00:35:00.000Z');
    expect(world.startedFor('policy-0').map((dueAt) => dueAt.slice(14, 16))).toEqual(['10', '20', '30']);
    expect(world.cancelled).toHaveLength(2);
  });

  it.each([
    ['none', []],
    ['last', ['05']],
    ['all', ['01', '02', '03', '04', '05']],
  ] as const)('after an outage with catchUp %s starts %j', async (catchUp, hours) => {
    const world = await worldWith({ cron: '0 * * * *', catchUp, overlap: 'queue' });
    world.jobMinutes = 2;
    await world.until('2026-01-01T00:10:00.000Z');
    world.clock.advance(5 * 60 * minuteMs + 10 * minuteMs);
    await world.until('2026-01-01T05:58:00.000Z');
    expect(world.startedFor('policy-0').map((dueAt) => dueAt.slice(11, 13))).toEqual(hours);
  });

  it('starts nothing for a paused policy, and nothing late once it is resumed', async () => {
    const world = await worldWith();
    const paused = schedulePolicy('paused', begin, { cron: '0 * * * *' }, { paused: true });
    const etag = await writePolicy(world.state, paused, undefined);
    await world.until('2026-01-01T01:30:00.000Z');
    await writePolicy(
      world.state,
      { ...paused, paused: false, scheduledFrom: '2026-01-01T01:30:00.000Z' },
      etag,
    );
    await world.until('2026-01-01T02:01:00.000Z');
    expect(world.startedFor('paused')).toEqual(['2026-01-01T02:00:00.000Z']);
  });

  it('forgets what waited before the policy was paused', async () => {
    const world = await worldWith();
    const policy = schedulePolicy('paused', begin, { cron: '*/10 * * * *', overlap: 'queue' });
    const etag = await writePolicy(world.state, policy, undefined);
    world.jobMinutes = 60;
    await world.until('2026-01-01T00:35:00.000Z');
    await writePolicy(world.state, { ...policy, scheduledFrom: '2026-01-01T01:00:00.000Z' }, etag);
    await world.until('2026-01-01T01:11:00.000Z');
    expect(world.startedFor('paused').map((dueAt) => dueAt.slice(11, 16))).toEqual(['00:10', '01:10']);
  });

  it('waits while another job writes at the destination, and goes on with the other policies', async () => {
    const world = await worldWith();
    for (const [index, folder] of ['shared', 'shared', 'own'].entries()) {
      const cron = `${String(10 + index)} 0 * * *`;
      const policy = schedulePolicy(`policy-${String(index)}`, begin, { cron }, {}, folder);
      await writePolicy(world.state, policy, undefined);
    }
    world.jobMinutes = 30;
    await world.until('2026-01-01T00:20:00.000Z');
    expect(
      [world.startedFor('policy-0'), world.startedFor('policy-1'), world.startedFor('policy-2')].map(
        (all) => all.length,
      ),
    ).toEqual([1, 0, 1]);
    expect(world.logged).toContainEqual({
      event: 'schedule-failed',
      policy: 'policy-1',
      error: 'destination-in-use',
    });
    await world.until('2026-01-01T00:50:00.000Z');
    expect(world.startedFor('policy-1')).toHaveLength(1);
  });

  it('a policy made anew under the same name begins anew', async () => {
    const world = await worldWith({ cron: '10 0 * * *' });
    await world.until('2026-01-01T00:20:00.000Z');
    const again = schedulePolicy('policy-0', '2026-01-01T00:20:00.000Z');
    expect((await readSchedule(world.state, again)).schedule.current).toBeUndefined();
  });

  it('a host whose clock is behind moves nothing back', async () => {
    const world = await worldWith({ cron: '*/10 * * * *', overlap: 'queue' });
    world.jobMinutes = 30;
    await world.until('2026-01-01T00:21:00.000Z');
    const late = world.host(-15 * minuteMs);
    await late.look();
    const policy = schedulePolicy('policy-0', begin);
    expect((await readSchedule(world.state, policy)).schedule.checkedAt >= '2026-01-01T00:20:00.000Z').toBe(
      true,
    );
  });
});
