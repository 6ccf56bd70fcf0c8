import type { Schedule } from '../../job/schedule.js';
import { parseCron } from '../../plan/cron.js';
import { Problem } from './problem.js';
import type { ScheduleRequest } from './schedule-request.js';

/** The schedule with its defaults; `field`: its name in the request. Throws `Problem` `invalid-schedule`. */
export function checkedSchedule(
  { cron, timeZone = 'UTC', catchUp = 'last', overlap = 'skip', jitterSeconds = 0 }: ScheduleRequest,
  field: string,
): Schedule {
  const parsed = parseCron(cron, timeZone);
  if ('detail' in parsed) throw refuseSchedule(`${field}.${parsed.field}`, parsed.detail, parsed.advice);
  return { cron: cron.trim(), timeZone, catchUp, overlap, jitterSeconds };
}

/** A refusal of a schedule. */
export function refuseSchedule(field: string, detail: string, advice: string): Problem {
  return new Problem('invalid-schedule', { field, detail, advice });
}
