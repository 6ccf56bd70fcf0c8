import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../../job/account.js';
import type { PolicyHead, ReplicationPolicy } from '../../job/policy.js';
import type { ReplicationRule } from '../../job/replication-rule.js';
import { nextStart } from '../../plan/due-jobs.js';
import { analyseRule } from '../../plan/rule-analysis.js';
import { checkedSchedule, refuseSchedule } from './checked-schedule.js';
import { jobSpecOf } from './job-spec-of.js';
import type { CheckedJob } from './job-spec-of.js';
import { Problem } from './problem.js';
import type { ReplicationRequest } from './replication-request.js';

/** What a saved rule is made from, beside its request. */
export interface ReplicationContext {
  readonly accounts: readonly Account[];
  /** The rules of the other policies. */
  readonly rules: readonly ReplicationRule[];
  /** ISO 8601. */
  readonly now: string;
  readonly head: PolicyHead;
  /** The policy of this name as it stands, when it is a rule. */
  readonly before?: ReplicationPolicy;
}

/** Checks a rule, alone and together with the others, and applies the defaults. Pure. Throws `Problem`. */
export function replicationPolicyOf(
  request: ReplicationRequest,
  context: ReplicationContext,
): ReplicationPolicy {
  const { head, before, now } = context;
  const rule = ruleOf(request, context);
  refuseLoops(rule, context.rules);
  const same = isDeepStrictEqual(before?.rule.reconcile, rule.reconcile) && before?.paused === head.paused;
  const policy: ReplicationPolicy = {
    ...head,
    kind: 'replication',
    rule,
    scheduledFrom: same ? before.scheduledFrom : now,
    request: { ...request },
  };
  const { reconcile: schedule } = rule;
  if (schedule !== undefined && nextStart({ ...policy, schedule }, Date.parse(now)) === undefined) {
    throw refuseSchedule('reconcile.cron', 'the schedule is never due', 'Check day and month.');
  }
  return policy;
}

function ruleOf(request: ReplicationRequest, { accounts, head }: ReplicationContext): ReplicationRule {
  const jobs = request.targets.map((target, index) => jobTo(request, target, index, accounts));
  const [first] = jobs;
  if (first?.spec.source.kind !== 'prefix') {
    throw refuse('source', 'a rule is for one container or folder', 'End a folder with "/".');
  }
  if (first.spec.source.wildcard !== undefined) {
    throw refuse('source', 'the source of a rule has no wildcard', 'Use include.pattern instead.');
  }
  refuseShares(jobs);
  const { spec } = first;
  return {
    name: head.name,
    source: first.spec.source.location,
    targets: jobs.map((job) => job.spec.destination),
    filters: spec.filters,
    deletes: request.deletes ?? 'ignore',
    conflict: request.conflict ?? 'sourceWins',
    delayMs: (request.delaySeconds ?? 0) * 1000,
    tags: spec.tags,
    tier: spec.tier,
    singleShotBytes: spec.singleShotBytes,
    ...(request.reconcile === undefined
      ? {}
      : { reconcile: checkedSchedule(request.reconcile, 'reconcile') }),
  };
}

/** Azure Files tells nobody of a change, and what a rule writes is pinned to versions, which no share can do. */
function refuseShares(jobs: readonly CheckedJob[]): void {
  const advice = 'Copy or sync by a schedule: a policy of kind "schedule".';
  if (jobs.some(({ spec }) => spec.source.location.service === 'files')) {
    throw refuse('source', 'Azure Files sends no events, so nothing would ever be replicated', advice);
  }
  const index = jobs.findIndex(({ spec }) => spec.destination.service === 'files');
  if (index >= 0) throw refuse(`targets[${String(index)}]`, 'the targets of a rule are containers', advice);
}

/** The job to one target: what a job may not do, a rule may not either. */
function jobTo(
  request: ReplicationRequest,
  destination: string,
  index: number,
  accounts: readonly Account[],
): CheckedJob {
  const {
    kind: _,
    paused: _paused,
    targets: _targets,
    deletes: _deletes,
    conflict: _conflict,
    ...rest
  } = request;
  const { delaySeconds: _delay, reconcile: _reconcile, ...job } = rest;
  try {
    return jobSpecOf(
      { ...job, source: asFolder(request.source), destination: asFolder(destination) },
      accounts,
    );
  } catch (error) {
    if (!(error instanceof Problem) || error.problem.field !== 'destination') throw error;
    const field = `targets[${String(index)}]`;
    if (error.code !== 'source-destination-overlap')
      throw new Problem(error.code, { ...error.problem, field });
    throw new Problem(error.code, {
      detail: 'the rule would overwrite its own source: it would replicate what it writes',
      field,
      advice: 'Choose a target outside the source, and a source outside the target.',
    });
  }
}

/** A rule is never about one object, so a folder may be written without its slash. */
function asFolder(url: string): string {
  return url.endsWith('/') || url.includes('?') || url.includes('*') ? url : `${url}/`;
}

function refuseLoops(rule: ReplicationRule, others: readonly ReplicationRule[]): void {
  const [problem] = analyseRule(rule, others).problems;
  if (problem === undefined) return;
  const { code, detail, advice } = problem;
  throw new Problem(code === 'targets-overlap' ? 'invalid-request' : 'source-destination-overlap', {
    detail,
    field: 'targets',
    advice,
  });
}

function refuse(field: string, detail: string, advice: string): Problem {
  return new Problem('invalid-request', { field, detail, advice });
}
