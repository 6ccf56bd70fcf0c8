import type { Policy } from '../../job/policy.js';
import { nextStart } from '../../plan/due-jobs.js';

/** A policy as the API answers it. `nowMs` decides what is next. */
export function policyView(policy: Policy, nowMs: number): Readonly<Record<string, unknown>> {
  const { version: _version, scheduledFrom: _from, job, ...rest } = policy;
  const next = policy.paused ? undefined : nextStart(policy, nowMs);
  const { kind, source, destination } = job;
  return {
    ...rest,
    job: { kind, source, destination },
    nextStartAt: next === undefined ? null : new Date(next).toISOString(),
  };
}
