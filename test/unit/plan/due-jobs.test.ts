import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SchedulePolicy } from '../../../src/job/policy.js';
import type { Schedule } from '../../../src/job/schedule.js';
import { dueJobs, mostCaughtUp, nextStart } from '../../../src/plan/due-jobs.js';
import { schedulePolicy } from '../../support/schedule-policy.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const beginMs = Date.UTC(2026, 2, 20);

function policy(schedule: Partial<Schedule> = {}, more: Partial<SchedulePolicy> = {}): SchedulePolicy {
  return schedulePolicy('nightly', new Date(beginMs).toISOString(), schedule, more);
}

const due = (one: SchedulePolicy, fromMs: number, toMs: number): readonly string[] =>
  dueJobs([one], fromMs, toMs).jobs.map(({ dueAt }) => dueAt);

describe('dueJobs', () => {
  it('finds each start once, however the span is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 * minuteMs }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 0, max: 900 }),
        fc.constantFrom('*/7 * * * *', '0 30 2 * * *', '5,50 * * * *'),
        (gaps, jitterSeconds, cron) => {
          const one = policy({ cron, timeZone: 'Europe/Berlin', jitterSeconds, catchUp: 'none' });
          let atMs = beginMs;
          const pieces: string[] = [];
          for (const gap of gaps) pieces.push(...due(one, atMs, (atMs += gap)));
          const whole = due({ ...one, schedule: { ...one.schedule, catchUp: 'all' } }, beginMs, atMs);
          expect([...pieces].sort()).toEqual([...whole].sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('puts a start off by the same for everybody, and never beyond the jitter', () => {
    const one = policy({ cron: '0 * * * *', jitterSeconds: 600 });
    const { jobs } = dueJobs([one], beginMs, beginMs + 24 * hourMs + hourMs);
    const delays = dueJobs(
      [{ ...one, schedule: { ...one.schedule, catchUp: 'all' } }],
      beginMs,
      beginMs + 25 * hourMs,
    ).jobs.map(({ dueAt, startMs }) => startMs - Date.parse(dueAt));
    expect(jobs).toHaveLength(1);
    expect(delays.length).toBeGreaterThan(20);
    expect(delays.every((delay) => delay >= 0 && delay <= 600_000)).toBe(true);
    expect(new Set(delays).size).toBeGreaterThan(15);
  });

  it.each([
    ['none', 0, 3],
    ['last', 1, 2],
    ['all', 3, 0],
  ] as const)('with catchUp %s makes up for %i of three missed times', (catchUp, made, missed) => {
    const one = policy({ cron: '0 1 * * *', catchUp });
    const found = dueJobs([one], beginMs, beginMs + 3 * 24 * hourMs);
    expect([found.jobs.length, found.missed]).toEqual([made, missed]);
  });

  it('with catchUp last makes up for nothing when a start is not late', () => {
    const one = policy({ cron: '0 * * * *', catchUp: 'last' });
    expect(due(one, beginMs, beginMs + 5 * hourMs)).toEqual(['2026-03-20T05:00:00.000Z']);
  });

  it('makes up for the newest of very many', () => {
    const one = policy({ cron: '* * * * *', catchUp: 'all' });
    const minutes = 525_600;
    const { jobs, missed } = dueJobs([one], beginMs, beginMs + minutes * minuteMs);
    expect(jobs.length).toBe(mostCaughtUp + 5);
    expect(missed).toBeGreaterThan(500);
    expect(jobs.at(-1)?.startMs).toBe(beginMs + minutes * minuteMs);
  });

  it('leaves out paused policies and times before the schedule began', () => {
    expect(due(policy({ cron: '0 * * * *' }, { paused: true }), beginMs, beginMs + hourMs)).toEqual([]);
    expect(due(policy({ cron: '0 * * * *' }), beginMs - 24 * hourMs, beginMs)).toEqual([]);
  });

  it('orders the starts of all policies', () => {
    const others = [policy({ cron: '2 * * * *' }), policy({ cron: '1 * * * *' })];
    expect(dueJobs(others, beginMs, beginMs + 3 * minuteMs).jobs.map(({ dueAt }) => dueAt)).toEqual([
      '2026-03-20T00:01:00.000Z',
      '2026-03-20T00:02:00.000Z',
    ]);
  });

  it('does not guess about a schedule that nobody checked', () => {
    expect(() => dueJobs([policy({ cron: 'often' })], beginMs, beginMs + 1)).toThrow('unchecked');
  });
});

describe('nextStart', () => {
  it('is the start that dueJobs then finds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 48 * 60 }),
        fc.integer({ min: 0, max: 7200 }),
        (minutes, jitterSeconds) => {
          const one = policy({ cron: '*/30 * * * *', jitterSeconds, catchUp: 'all' });
          const afterMs = beginMs + minutes * minuteMs;
          const next = nextStart(one, afterMs) ?? 0;
          const [first] = dueJobs([one], afterMs, afterMs + 6 * hourMs).jobs;
          expect(next).toBe(first?.startMs);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is none when there is none any more', () => {
    expect(nextStart(policy({ cron: '0 0 31 2 *' }), beginMs)).toBeUndefined();
  });
});
