import type { StateStore } from '../storage/state-store.js';
import { stateNames } from './refs.js';

/** Where a schedule stands. One small blob per policy, changed only by compare-and-swap, before anything is started. */
export interface ScheduleState {
  readonly version: 1;
  /** Of the policy, so that one of the same name begins anew. */
  readonly createdAt: string;
  /** ISO 8601: starts up to here have been seen. */
  readonly checkedAt: string;
  /** The last occasion that was decided to start, and its job; a job without a record is still to be started. */
  readonly current?: ScheduledStart;
  /** Times that wait for the job before them to end. */
  readonly queue: readonly string[];
  /** Times given up because the job before had not ended. */
  readonly skipped: number;
  /** Times that nobody saw and that were not made up for. */
  readonly missed: number;
}

export interface ScheduledStart {
  /** ISO 8601. */
  readonly dueAt: string;
  readonly job: string;
}

/** A state with the ETag of its blob; none for a policy that was never looked at. */
export interface ScheduleVersion {
  readonly schedule: ScheduleState;
  readonly etag?: string;
}

/** Where the policy's schedule stands; at its beginning when nobody has looked yet. One request. */
export async function readSchedule(
  state: StateStore,
  policy: { readonly name: string; readonly createdAt: string; readonly scheduledFrom: string },
): Promise<ScheduleVersion> {
  const blob = await state.get(stateNames.schedule(policy.name));
  const stored = blob === undefined ? undefined : (JSON.parse(blob.body.toString('utf8')) as ScheduleState);
  const begin: ScheduleState = {
    version: 1,
    createdAt: policy.createdAt,
    checkedAt: policy.scheduledFrom,
    queue: [],
    skipped: 0,
    missed: 0,
  };
  return {
    schedule: stored?.createdAt === policy.createdAt ? stored : begin,
    ...(blob === undefined ? {} : { etag: blob.etag }),
  };
}

/** Stores the next state over the version that was read; false when somebody else was first. One request. */
export async function writeSchedule(
  state: StateStore,
  name: string,
  schedule: ScheduleState,
  etag: string | undefined,
): Promise<boolean> {
  const condition = etag === undefined ? ({ ifAbsent: true } as const) : { ifMatch: etag };
  return (await state.put(stateNames.schedule(name), JSON.stringify(schedule), { condition })) !== undefined;
}
