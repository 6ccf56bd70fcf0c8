import type { SchedulePolicy } from '../../src/job/policy.js';
import type { Schedule } from '../../src/job/schedule.js';
import { basicSpec } from './memory-job.js';

/** A stored schedule of a copy from `source` to `target`, due at 02:30 UTC unless told otherwise, into `folder`. */
export function schedulePolicy(
  name: string,
  createdAt: string,
  schedule: Partial<Schedule> = {},
  more: Partial<SchedulePolicy> = {},
  folder = name,
): SchedulePolicy {
  return {
    version: 1,
    name,
    kind: 'schedule',
    paused: false,
    createdAt,
    createdBy: 'key',
    changedAt: createdAt,
    changedBy: 'key',
    scheduledFrom: createdAt,
    schedule: {
      cron: '30 2 * * *',
      timeZone: 'UTC',
      catchUp: 'last',
      overlap: 'skip',
      jitterSeconds: 0,
      ...schedule,
    },
    job: {
      kind: 'copy',
      spec: { ...basicSpec, destination: { ...basicSpec.destination, prefix: `${folder}/` } },
      source: 'https://source.example/data',
      destination: 'https://target.example/copy',
    },
    request: {},
    ...more,
  };
}
