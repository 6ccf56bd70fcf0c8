import { Cron } from 'croner';

/** When a schedule is due, by its expression and zone. */
export interface CronTimes {
  /** Due times after `afterMs`, ascending, without end unless the expression has one. Milliseconds since the epoch. */
  after(afterMs: number): Generator<number, void, undefined>;
}

/** Why an expression or zone is not taken. */
export interface CronProblem {
  readonly field: 'cron' | 'timeZone';
  readonly detail: string;
  readonly advice: string;
}

/**
 * Reads an expression: five fields as cron has them (either day field may match when both are given), or six as
 * NCRONTAB has them (seconds first, both day fields must match). Clock changes: a local time that does not exist is
 * due at the moment the clocks move; one that exists twice is due the first time, unless the hour field is open,
 * whose times are due each time they come round.
 */
export function parseCron(cron: string, timeZone: string): CronTimes | CronProblem {
  const key = `${timeZone} ${cron}`;
  const seen = read.get(key);
  if (seen !== undefined) return seen;
  const times = readCron(cron, timeZone);
  if (read.size >= mostRead) read.clear();
  if (!('detail' in times)) read.set(key, times);
  return times;
}

/** Reading an expression and asking it for a time takes most of a millisecond each; schedules are asked every minute. */
const read = new Map<string, CronTimes>();
const mostRead = 256;

function readCron(cron: string, timeZone: string): CronTimes | CronProblem {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return { field: 'cron', detail: 'the expression has neither five nor six fields', advice };
  }
  if (fields.length === 6 && !/^\d{1,2}$/.test(fields[0] ?? '')) {
    return {
      field: 'cron',
      detail: 'the field of seconds is not one number',
      advice: 'A schedule is due at most once a minute: begin with one second, such as 0.',
    };
  }
  if (!isTimeZone(timeZone)) {
    return {
      field: 'timeZone',
      detail: 'there is no such time zone',
      advice: 'Write an IANA name such as Europe/Berlin, America/New_York or UTC.',
    };
  }
  let parsed: Cron;
  try {
    parsed = new Cron(cron.trim(), {
      paused: true,
      timezone: timeZone,
      mode: '5-or-6-parts',
      domAndDow: fields.length === 6,
      sloppyRanges: true,
    });
  } catch {
    return { field: 'cron', detail: 'the expression cannot be read', advice };
  }
  return timesOf(parsed);
}

const advice =
  'Write "minute hour day month weekday", such as "30 2 * * *", or six fields with a second first.';

/** The times of an expression; the time found last answers for the whole span before it. */
function timesOf(cron: Cron): CronTimes {
  let known = { afterMs: Infinity, nextMs: -Infinity };
  const next = (afterMs: number): number | undefined => {
    if (afterMs >= known.afterMs && afterMs < known.nextMs) return known.nextMs;
    const nextMs = cron.nextRun(new Date(afterMs))?.getTime();
    if (nextMs !== undefined) known = { afterMs, nextMs };
    return nextMs;
  };
  return {
    *after(afterMs) {
      for (let ms = next(afterMs); ms !== undefined; ms = next(ms)) yield ms;
    },
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
