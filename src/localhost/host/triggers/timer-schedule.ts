import { Cron } from 'croner';
import { resolveSettings } from '../app-settings.js';
import type { AppSettings } from '../app-settings.js';
import { SystemError } from '../system-error.js';
import { parseTimeSpan } from './time-span.js';

/** When a timer is due. */
export interface TimerSchedule {
  /** As given, settings replaced. */
  readonly text: string;
  /** The first due time after `afterMs`, or undefined when there is none any more. Milliseconds since the epoch. */
  next(afterMs: number): number | undefined;
}

// NCRONTAB knows no L, W, # or ?, and no day 7; croner does. A schedule that runs here must run in Azure.
const CRON_FIELD = /^(?:\*|[\da-z]+(?:-[\da-z]+)?)(?:\/\d+)?(?:,(?:\*|[\da-z]+(?:-[\da-z]+)?)(?:\/\d+)?)*$/i;
const SUNDAY_AS_7 = /(?<![/\d])7(?!\d)\S*$/;
const NAMES =
  /\b(?!(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)\b)[a-z]+\b/i;

/**
 * Parses a timer's `schedule`: NCRONTAB with six fields (seconds first) or five, in UTC, day of month and day of week
 * both having to match; or a TimeSpan as an interval. `%NAME%` is replaced first. Throws a SystemError.
 */
export function parseTimerSchedule(schedule: unknown, settings: AppSettings, where: string): TimerSchedule {
  if (typeof schedule !== 'string') {
    throw new SystemError(`${where} has no schedule.`);
  }
  const text = resolveSettings(schedule, settings, where).trim();
  const intervalMs = parseTimeSpan(text);
  if (intervalMs !== undefined) {
    if (intervalMs === 0) {
      throw new SystemError(`${where}: the interval "${text}" must be longer than zero.`);
    }
    return { text, next: (afterMs) => afterMs + intervalMs };
  }
  const cron = parseCron(text, where);
  return { text, next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

function parseCron(text: string, where: string): Cron {
  const fields = text.split(/\s+/);
  const bad = fields.find((field) => !CRON_FIELD.test(field) || NAMES.test(field));
  if ((fields.length !== 5 && fields.length !== 6) || bad !== undefined || SUNDAY_AS_7.test(text)) {
    throw new SystemError(`${where}: "${text}" is neither an NCRONTAB expression nor a TimeSpan.`);
  }
  try {
    // `0/5` (from zero, every five) is NCRONTAB; croner calls it sloppy.
    return new Cron(text, {
      paused: true,
      timezone: 'UTC',
      mode: '5-or-6-parts',
      domAndDow: true,
      sloppyRanges: true,
    });
  } catch (thrown) {
    throw new SystemError(`${where}: "${text}" is not an NCRONTAB expression.`, { cause: thrown });
  }
}
