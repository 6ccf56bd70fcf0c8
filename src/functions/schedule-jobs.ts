import type { InvocationContext } from '@azure/functions';
import type { SchedulePolicy } from '../job/policy.js';
import { isTerminal } from '../job/status.js';
import { dueJobs } from '../plan/due-jobs.js';
import { type CurrentStart, decideStart } from '../plan/next-start.js';
import { BoardFile } from '../record/board-file.js';
import { jobIdForPolicy } from '../record/job-id.js';
import { readBoard } from '../record/jobs.js';
import { listPolicies } from '../record/policies.js';
import {
  readSchedule,
  type ScheduledStart,
  type ScheduleState,
  writeSchedule,
} from '../record/schedule-state.js';
import { changeJob } from './http/job-change.js';
import { codeOf } from './http/problem.js';
import { keepBackups } from './keep-backups.js';
import { type PolicyStarter, startDue } from './start-due.js';

/**
 * One look at every schedule: starts what has come due since the last look. What is to start is decided by one
 * conditional write and started after it, under an id that follows from policy and time; so hosts may look at the same
 * moment, or die at any, and each time starts one job. A policy that cannot be looked after does not keep the others
 * from it.
 */
export async function scheduleJobs(services: PolicyStarter, context: InvocationContext): Promise<void> {
  for await (const { policy } of listPolicies(services.state)) {
    // Reconciliations of rules have a timer of their own.
    if (policy.kind !== 'schedule') continue;
    if (!policy.paused) await attempt(services, policy, () => look(services, policy, context));
    // Also when nothing can be started now: what has ended is looked at all the same.
    await attempt(services, policy, () => keepBackups(services, policy, context));
  }
}

async function attempt(
  services: PolicyStarter,
  { name }: SchedulePolicy,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    services.log('schedule-failed', { policy: name, error: codeOf(error) });
  }
}

async function look(
  services: PolicyStarter,
  policy: SchedulePolicy,
  context: InvocationContext,
): Promise<void> {
  const { state, clock } = services;
  const { schedule: before, etag } = await readSchedule(state, policy);
  const status = await statusOf(services, policy, before.current);
  const { next, cancel } = decide(policy, before, status, clock.now());
  if (next !== before) {
    if (!(await writeSchedule(state, policy.name, next, etag))) return; // another host has looked, and starts it
    tell(services, policy, before, next);
  }
  if (cancel && before.current !== undefined) await cancelJob(services, before.current.job);
  const starts = next.current !== before.current || status === 'pending';
  if (next.current !== undefined && starts) await startDue(services, policy, next.current, context);
}

function decide(
  policy: SchedulePolicy,
  before: ScheduleState,
  status: CurrentStart,
  nowMs: number,
): { readonly next: ScheduleState; readonly cancel: boolean } {
  const { scheduledFrom, schedule } = policy;
  const fromMs = Math.max(Date.parse(before.checkedAt), Date.parse(scheduledFrom));
  const { jobs, missed } = dueJobs([policy], fromMs, nowMs);
  const queued = before.queue.filter((dueAt) => dueAt > scheduledFrom);
  if (jobs.length === 0 && missed === 0 && before.queue.length === 0) return { next: before, cancel: false };
  const due = jobs.map(({ dueAt }) => dueAt);
  const { start, queue, skipped, cancel } = decideStart(schedule.overlap, status, queued, due);
  const current = start === undefined ? before.current : { dueAt: start, job: jobIdForPolicy(policy, start) };
  const next: ScheduleState = {
    ...before,
    checkedAt: new Date(Math.max(nowMs, fromMs)).toISOString(),
    ...(current === undefined ? {} : { current }),
    queue,
    skipped: before.skipped + skipped,
    missed: before.missed + missed,
  };
  const waits =
    start === undefined && jobs.length === 0 && missed === 0 && queue.length === before.queue.length;
  return { next: waits ? before : next, cancel };
}

/** An occasion before the schedule's beginning is none any more: the policy was paused or changed since. */
async function statusOf(
  { state }: PolicyStarter,
  { scheduledFrom }: SchedulePolicy,
  current: ScheduledStart | undefined,
): Promise<CurrentStart> {
  if (current === undefined) return 'none';
  const board = (await readBoard(state, current.job))?.board;
  if (board === undefined) return current.dueAt > scheduledFrom ? 'pending' : 'none';
  return isTerminal(board.status) ? 'ended' : 'running';
}

/** A run that has to begin for it is started by the timer that looks after jobs. */
async function cancelJob({ state, clock }: PolicyStarter, job: string): Promise<void> {
  await new BoardFile(state, job, clock).update((board) => {
    const changed = changeJob(board, 'cancel');
    return { ...(changed.kind === 'change' ? { board: changed.board } : {}), result: undefined };
  });
}

function tell(
  services: PolicyStarter,
  { name }: SchedulePolicy,
  before: ScheduleState,
  next: ScheduleState,
): void {
  const skipped = next.skipped - before.skipped;
  const missed = next.missed - before.missed;
  if (skipped > 0 || missed > 0) services.log('schedule-times-dropped', { policy: name, skipped, missed });
  if (next.current !== undefined && next.current !== before.current) {
    services.log('schedule-start', { policy: name, job: next.current.job, dueAt: next.current.dueAt });
  }
}
