import { describe, expect, it } from 'vitest';
import { writePolicy } from '../../src/record/policies.js';
import { type DailyTime, localTimes } from '../support/local-times.js';
import { createScheduleWorld, HostDied } from '../support/schedule-world.js';
import { schedulePolicy } from '../support/schedule-policy.js';
import { createSeededRandom } from '../support/seeded-random.js';

const minuteMs = 60_000;
const days = 60;

const clocks: readonly Pick<DailyTime, 'zone' | 'hour' | 'minute'>[] = [
  { zone: 'Europe/Berlin', hour: 2, minute: 30 },
  { zone: 'America/New_York', hour: 1, minute: 30 },
  { zone: 'America/New_York', hour: 2, minute: 15 },
  { zone: 'Australia/Lord_Howe', hour: 2, minute: 0 },
  { zone: 'America/Santiago', hour: 0, minute: 0 },
  { zone: 'Asia/Kolkata', hour: 23, minute: 45 },
];

/**
 * Two hosts with skewed clocks over one state container. Both look every 2 to 8 minutes, at seeded moments one dies
 * before or after some request of a look, is away for up to two hours, and comes back with the same container.
 */
async function live(begin: string, seed: number) {
  const random = createSeededRandom(seed);
  const world = createScheduleWorld(Date.parse(begin));
  for (const [index, { zone, hour, minute }] of clocks.entries()) {
    const schedule = {
      cron: `${String(minute)} ${String(hour)} * * *`,
      timeZone: zone,
      catchUp: 'all',
      overlap: 'queue',
      jitterSeconds: index % 2 === 0 ? 0 : 600,
    } as const;
    await writePolicy(world.state, schedulePolicy(`daily-${String(index)}`, begin, schedule), undefined);
  }
  const every = { cron: '0 */6 * * *', timeZone: 'Europe/Berlin', catchUp: 'all', overlap: 'queue' } as const;
  await writePolicy(world.state, schedulePolicy('often', begin, every), undefined);
  const hosts = [-20_000, 35_000].map((skewMs) => ({ host: world.host(skewMs), awayUntilMs: 0 }));
  let deaths = 0;
  const endMs = Date.parse(begin) + days * 1440 * minuteMs;
  while (world.clock.now() < endMs) {
    world.clock.advance(random.between(2, 8) * minuteMs);
    world.jobMinutes = random.between(1, 90);
    await world.work();
    const awake = hosts.filter(({ awayUntilMs }) => awayUntilMs <= world.clock.now());
    for (const { host } of awake) {
      if (random.chance(0.03)) host.dieAfter(random.between(1, 40), random.pick(['before', 'after']));
    }
    await Promise.all(awake.map(({ host }) => host.look().catch(rethrowUnlessDead)));
    for (const one of hosts) {
      if (!one.host.isDead) continue;
      deaths += 1;
      one.awayUntilMs = world.clock.now() + random.between(1, 120) * minuteMs;
      one.host.restart();
    }
  }
  // What is under way at the end is brought to its end by a host that does not die.
  for (let more = 0; more < 200; more += 1) {
    world.clock.advance(minuteMs);
    await world.work();
    await world.host().look();
  }
  return { world, deaths, to: new Date(endMs).toISOString() };
}

function rethrowUnlessDead(error: unknown): void {
  if (!(error instanceof HostDied)) throw error;
}

describe('60 days of schedules, two hosts, restarts at seeded moments', () => {
  it.each([
    ['into summer time', '2026-02-20T00:00:00.000Z', 11],
    ['out of summer time', '2026-09-25T00:00:00.000Z', 13],
  ])('%s: every due job is started exactly once (from %s, seed %i)', async (_, begin, seed) => {
    const { world, deaths, to } = await live(begin, seed);
    const ids = world.started.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, clock] of clocks.entries()) {
      const wanted = localTimes({ ...clock, from: begin, to });
      expect(wanted.length).toBeGreaterThanOrEqual(days - 1);
      expect(world.startedFor(`daily-${String(index)}`).filter((dueAt) => dueAt <= to)).toEqual(wanted);
    }
    const often = [0, 6, 12, 18].flatMap((hour) =>
      localTimes({ zone: 'Europe/Berlin', hour, minute: 0, from: begin, to }),
    );
    expect(world.startedFor('often').filter((dueAt) => dueAt <= to)).toEqual(often.sort());
    expect(deaths).toBeGreaterThan(20);
    console.info(
      `${String(ids.length)} jobs started once each, ${String(deaths)} hosts died (seed ${String(seed)})`,
    );
  });
});
