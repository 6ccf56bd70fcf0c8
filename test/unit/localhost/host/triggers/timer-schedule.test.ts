import { describe, expect, it } from 'vitest';
import { parseTimerSchedule } from '../../../../../src/localhost/host/triggers/timer-schedule.js';

const at = (iso: string): number => Date.parse(iso);
const next = (schedule: string, after: string, settings: Record<string, string> = {}): string | undefined => {
  const due = parseTimerSchedule(schedule, settings, 'Timer "t"').next(at(after));
  return due === undefined ? undefined : new Date(due).toISOString();
};

describe('timer schedules', () => {
  it.each([
    ['0 */5 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00.000Z'],
    ['*/10 * * * * *', '2026-01-01T00:00:03.500Z', '2026-01-01T00:00:10.000Z'],
    ['30 3 * * *', '2026-01-01T04:00:00Z', '2026-01-02T03:30:00.000Z'],
    ['0 0/20 * * * *', '2026-01-01T00:01:00Z', '2026-01-01T00:20:00.000Z'],
    ['0 0 9-17 * * Mon-Fri', '2026-01-02T17:00:00Z', '2026-01-05T09:00:00.000Z'],
    ['0 30 9 * Jan,Mar Sun', '2026-01-26T00:00:00Z', '2026-03-01T09:30:00.000Z'],
    // Both day fields have to match, unlike in Unix cron: the first Monday the 13th after new year.
    ['0 0 0 13 * 1', '2026-01-01T00:00:00Z', '2026-04-13T00:00:00.000Z'],
    ['0 0 7 7 7 */7', '2026-01-01T00:00:00Z', '2030-07-07T07:00:00.000Z'],
    ['00:00:05', '2026-01-01T00:00:00Z', '2026-01-01T00:00:05.000Z'],
    ['1.02:00:00', '2026-01-01T00:00:00Z', '2026-01-02T02:00:00.000Z'],
  ])('%s after %s is due at %s', (schedule, after, due) => {
    expect(next(schedule, after)).toBe(due);
  });

  it('has no next time when the day never comes', () => {
    expect(next('0 0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  it('replaces application settings and names one that is not set', () => {
    expect(next('%EVERY%', '2026-01-01T00:00:00Z', { EVERY: '01:00:00' })).toBe('2026-01-01T01:00:00.000Z');
    expect(() => next('%EVERY%', '2026-01-01T00:00:00Z')).toThrow(
      'Timer "t" refers to the application setting "EVERY", which is not set.',
    );
  });

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '0 0 0 L * *',
    '0 0 0 ? * *',
    '0 0 0 * * Mon#1',
    '0 61 * * * *',
    '0 0 0 * * 7',
    '0 0 0 * * 1,7',
    '0 0 0 * * 5-7',
    '@daily',
  ])('refuses %j, which Azure would not take', (schedule) => {
    expect(() => next(schedule, '2026-01-01T00:00:00Z')).toThrow(/^Timer "t": /);
  });

  it('refuses an interval of zero and a schedule that is no text', () => {
    expect(() => next('00:00:00', '2026-01-01T00:00:00Z')).toThrow('longer than zero');
    expect(() => parseTimerSchedule(undefined, {}, 'Timer "t"')).toThrow('Timer "t" has no schedule.');
  });
});
