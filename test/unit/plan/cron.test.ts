import { describe, expect, it } from 'vitest';
import { type CronTimes, parseCron } from '../../../src/plan/cron.js';
import { localTimes } from '../../support/local-times.js';

function times(cron: string, timeZone: string): CronTimes {
  const parsed = parseCron(cron, timeZone);
  if ('detail' in parsed) throw new Error(parsed.detail);
  return parsed;
}

function between(cron: string, timeZone: string, from: string, to: string): readonly string[] {
  const found: string[] = [];
  for (const ms of times(cron, timeZone).after(Date.parse(from))) {
    if (ms > Date.parse(to)) break;
    found.push(new Date(ms).toISOString());
  }
  return found;
}

describe('a time of a schedule', () => {
  it.each([
    ['Europe/Berlin', 2, 30],
    ['America/New_York', 1, 30],
    ['America/New_York', 2, 15],
    ['Australia/Lord_Howe', 2, 0],
    ['America/Santiago', 0, 0],
    ['UTC', 2, 30],
  ])('comes once a day in %s at %i:%i, when clocks change too', (zone, hour, minute) => {
    const [from, to] = ['2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'];
    const wanted = localTimes({ zone, hour, minute, from, to });
    expect(wanted.length).toBeGreaterThan(360);
    expect(between(`${String(minute)} ${String(hour)} * * *`, zone, from, to)).toEqual(wanted);
  });

  it('that is due every hour comes in each hour there is', () => {
    const found = between('0 * * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T22:00:00Z');
    expect(found).toHaveLength(24);
    expect(new Set(found).size).toBe(24);
  });

  it('needs one day field to match in cron, both in NCRONTAB', () => {
    const [from, to] = ['2026-01-31T00:00:00Z', '2026-02-28T23:59:59Z'];
    expect(between('0 0 13 * fri', 'UTC', from, to)).toHaveLength(4);
    expect(between('0 0 0 13 2 1', 'UTC', '2026-01-01T00:00:00Z', '2027-06-01T00:00:00Z')).toEqual([]);
    expect(between('7 0 0 13 * fri', 'UTC', from, to)).toEqual(['2026-02-13T00:00:07.000Z']);
  });

  it('is found however many expressions are asked for', () => {
    for (let minute = 0; minute < 60; minute += 1) {
      for (let hour = 0; hour < 5; hour += 1) {
        const [first] = times(`${String(minute)} ${String(hour)} * * *`, 'UTC').after(0);
        expect(first).toBe((hour * 60 + minute) * 60_000 || 1440 * 60_000);
      }
    }
  });

  it('ends when there is none any more', () => {
    expect([...times('0 0 31 2 *', 'UTC').after(0)]).toEqual([]);
  });

  it.each([
    ['* * * *', 'UTC', 'cron'],
    ['0 0 0 1 1 ? 2027', 'UTC', 'cron'],
    ['*/10 * * * * *', 'UTC', 'cron'],
    ['60 * * * *', 'UTC', 'cron'],
    ['a b c d e', 'UTC', 'cron'],
    ['0 0 * * *', 'Mars/Olympus', 'timeZone'],
    ['0 0 * * *', '', 'timeZone'],
  ])('is not found in "%s" of "%s"', (cron, zone, field) => {
    expect(parseCron(cron, zone)).toMatchObject({ field });
  });
});
