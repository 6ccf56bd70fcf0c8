import { createHash } from 'node:crypto';
import type { SchedulePolicy } from '../job/policy.js';
import { type CronTimes, parseCron } from './cron.js';

/** What of a policy says when it starts jobs. */
export type Scheduled = Pick<SchedulePolicy, 'name' | 'paused' | 'createdAt' | 'schedule' | 'scheduledFrom'>;

/** One start that a policy asks for. */
export interface DueJob {
  readonly policy: string;
  /** The time of the schedule, ISO 8601: names the job and its folder, however late it starts. */
  readonly dueAt: string;
  /** With the jitter added. Milliseconds since the epoch. */
  readonly startMs: number;
}

export interface DueJobs {
  /** In order of their starts. */
  readonly jobs: readonly DueJob[];
  /** Times that passed unseen and are not made up for; after a very long absence the newest are counted. */
  readonly missed: number;
}

/** A start this much late was missed; below, whoever looks was merely slow. */
const graceMs = 5 * 60_000;

const dayMs = 24 * 60 * 60_000;

/** Most starts that one look makes up for; the newest are taken. */
export const mostCaughtUp = 500;

/**
 * Which starts fall after `fromMs` and not after `toMs`, for policies that are not paused. Looking at consecutive spans
 * finds each start exactly once, however the spans are cut, except what `catchUp` gives up: `none`: all that was missed;
 * `last`: all but the newest, and that too when a start of this span is not late. Pure.
 */
export function dueJobs(policies: readonly Scheduled[], fromMs: number, toMs: number): DueJobs {
  const found = policies.filter(({ paused }) => !paused).map((policy) => dueOf(policy, fromMs, toMs));
  return {
    jobs: found.flatMap(({ jobs }) => jobs).sort((left, right) => left.startMs - right.startMs),
    missed: found.reduce((sum, { missed }) => sum + missed, 0),
  };
}

/** The next start after a moment, or undefined when there is none any more. Milliseconds since the epoch. */
export function nextStart(policy: Scheduled, afterMs: number): number | undefined {
  const times = timesOf(policy);
  let best: number | undefined;
  for (const dueMs of times.after(Math.max(afterMs - jitterMsOf(policy), Date.parse(policy.scheduledFrom)))) {
    if (best !== undefined && dueMs >= best) return best;
    const startMs = dueMs + delayOf(policy, dueMs);
    if (startMs > afterMs && (best === undefined || startMs < best)) best = startMs;
  }
  return best;
}

function dueOf(policy: Scheduled, fromMs: number, toMs: number): DueJobs {
  const prompt: DueJob[] = [];
  const late: DueJob[] = [];
  const times = timesOf(policy);
  const beginMs = Math.max(fromMs - jitterMsOf(policy), Date.parse(policy.scheduledFrom));
  for (const dueMs of times.after(boundedBegin(times, beginMs, toMs))) {
    if (dueMs > toMs) break;
    const startMs = dueMs + delayOf(policy, dueMs);
    if (startMs <= fromMs || startMs > toMs) continue;
    const job = { policy: policy.name, dueAt: new Date(dueMs).toISOString(), startMs };
    if (startMs > toMs - graceMs) prompt.push(job);
    else late.push(job);
  }
  const kept = caughtUp(policy, late, prompt.length > 0);
  return { jobs: [...kept, ...prompt], missed: late.length - kept.length };
}

/** After a long absence only as much is looked at as may be made up for: finding a time takes a fraction of a millisecond. */
function boundedBegin(times: CronTimes, beginMs: number, toMs: number): number {
  for (let spanMs = dayMs; toMs - spanMs > beginMs; spanMs *= 4) {
    let found = 0;
    for (const dueMs of times.after(toMs - spanMs)) {
      if (dueMs > toMs || found === mostCaughtUp) break;
      found += 1;
    }
    if (found === mostCaughtUp) return toMs - spanMs;
  }
  return beginMs;
}

function caughtUp({ schedule }: Scheduled, late: readonly DueJob[], hasPrompt: boolean): readonly DueJob[] {
  switch (schedule.catchUp) {
    case 'none':
      return [];
    case 'last':
      return hasPrompt ? [] : late.slice(-1);
    case 'all':
      return late.slice(-mostCaughtUp);
  }
}

function timesOf({ schedule, name }: Scheduled): CronTimes {
  const times = parseCron(schedule.cron, schedule.timeZone);
  if ('detail' in times) throw new Error(`the schedule of policy ${name} was stored unchecked`);
  return times;
}

function jitterMsOf({ schedule }: Scheduled): number {
  return schedule.jitterSeconds * 1000;
}

/** By the same amount for the same policy and time, whoever asks. */
function delayOf(policy: Scheduled, dueMs: number): number {
  const jitterMs = jitterMsOf(policy);
  if (jitterMs === 0) return 0;
  const digest = createHash('sha256')
    .update(`${policy.name} ${policy.createdAt} ${String(dueMs)}`)
    .digest();
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * (jitterMs + 1));
}
