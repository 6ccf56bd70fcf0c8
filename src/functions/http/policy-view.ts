import type { Policy, ReplicationPolicy, SchedulePolicy } from '../../job/policy.js';
import { nextStart } from '../../plan/due-jobs.js';

type View = Readonly<Record<string, unknown>>;

/** A policy as the API answers it. `nowMs` decides what is next. */
export function policyView(policy: Policy, nowMs: number): View {
  return policy.kind === 'schedule' ? scheduleView(policy, nowMs) : replicationView(policy, nowMs);
}

function scheduleView(policy: SchedulePolicy, nowMs: number): View {
  const { version: _version, scheduledFrom: _from, job, ...rest } = policy;
  const { kind, source, destination } = job;
  const next = policy.paused ? undefined : nextStart(policy, nowMs);
  return { ...rest, job: { kind, source, destination }, nextStartAt: timeOf(next) };
}

/** The request says the rest: its defaults are in the description of the API. */
function replicationView(policy: ReplicationPolicy, nowMs: number): View {
  const { version: _version, scheduledFrom: _from, rule, ...rest } = policy;
  const { deletes, conflict, delayMs, reconcile: schedule } = rule;
  const next =
    policy.paused || schedule === undefined ? undefined : nextStart({ ...policy, schedule }, nowMs);
  return {
    ...rest,
    rule: {
      deletes,
      conflict,
      delaySeconds: delayMs / 1000,
      ...(schedule === undefined ? {} : { reconcile: schedule }),
    },
    nextReconcileAt: timeOf(next),
  };
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
