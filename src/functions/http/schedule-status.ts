import type { SchedulePolicy } from '../../job/policy.js';
import { readSchedule } from '../../record/schedule-state.js';
import type { StateStore } from '../../storage/state-store.js';

/** Where a schedule stands: what it started last, what waits, what was given up. One request. */
export async function scheduleStatus(
  state: StateStore,
  policy: SchedulePolicy,
): Promise<Readonly<Record<string, unknown>>> {
  const { current, queue, skipped, missed } = (await readSchedule(state, policy)).schedule;
  return { last: current ?? null, waiting: queue.slice(0, 100), skipped, missed };
}
