import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../../job/account.js';
import type { BackupRules } from '../../job/backup-rules.js';
import { fileNameProblem } from '../../job/file-name.js';
import type { JobSpec } from '../../job/job-spec.js';
import type { Policy, PolicyHead, PolicyJob, SchedulePolicy } from '../../job/policy.js';
import type { ReplicationRule } from '../../job/replication-rule.js';
import { checkTemplate, expandTemplate } from '../../plan/backup-template.js';
import { nextStart } from '../../plan/due-jobs.js';
import { checkedSchedule, refuseSchedule } from './checked-schedule.js';
import { jobSpecOf } from './job-spec-of.js';
import type { PolicyRequest, SchedulePolicyRequest } from './policy-request.js';
import { Problem } from './problem.js';
import { replicationPolicyOf } from './replication-policy-of.js';

/** What a saved policy is made from, beside its request. */
export interface PolicyContext {
  readonly name: string;
  readonly accounts: readonly Account[];
  /** ISO 8601. */
  readonly now: string;
  /** Who saves. */
  readonly by: string;
  /** The policy of this name as it stands. */
  readonly before?: Policy;
  /** The rules of the other policies; looked at by rules only. */
  readonly rules: readonly ReplicationRule[];
}

const defaultTemplate = '{policy}/{yyyy}-{MM}-{dd}T{HH}{mm}';

/** Checks what the fields mean together and applies the defaults. Pure. Throws `Problem`. */
export function policyOf(request: PolicyRequest, context: PolicyContext): Policy {
  if (request.kind === 'schedule') return scheduleOf(request, context);
  const { before, rules, accounts, now } = context;
  const head = headOf(request, context);
  const same = before?.kind === 'replication' ? { before } : {};
  return replicationPolicyOf(request, { accounts, rules, now, head, ...same });
}

function headOf(request: PolicyRequest, { name, now, by, before }: PolicyContext): PolicyHead {
  return {
    version: 1,
    name,
    paused: request.paused ?? before?.paused ?? false,
    createdAt: before?.createdAt ?? now,
    createdBy: before?.createdBy ?? by,
    changedAt: now,
    changedBy: by,
  };
}

function scheduleOf(request: SchedulePolicyRequest, context: PolicyContext): SchedulePolicy {
  const { before, now } = context;
  const schedule = checkedSchedule(request.schedule, 'schedule');
  const backup = request.backup === undefined ? undefined : backupOf(request.backup);
  const head = headOf(request, context);
  const same =
    before?.kind === 'schedule' &&
    isDeepStrictEqual(before.schedule, schedule) &&
    before.paused === head.paused;
  const policy: SchedulePolicy = {
    ...head,
    kind: 'schedule',
    schedule,
    scheduledFrom: same ? before.scheduledFrom : now,
    job: jobOf(request, context, backup),
    ...(backup === undefined ? {} : { backup }),
    request: { ...request },
  };
  if (nextStart(policy, Date.parse(now)) === undefined) {
    throw refuseSchedule('schedule.cron', 'the schedule is never due', 'Check day and month.');
  }
  return policy;
}

function backupOf({
  template = defaultTemplate,
  mode = 'full',
  fullEvery = 30,
  retention,
}: NonNullable<SchedulePolicyRequest['backup']>): BackupRules {
  const fault = checkTemplate(template);
  if (fault !== undefined) {
    throw refuseTemplate(fault);
  }
  const kept = Object.fromEntries(Object.entries(retention ?? {}).filter(([, value]) => value !== undefined));
  if (retention !== undefined && Object.keys(kept).every((rule) => rule === 'minimumAgeDays')) {
    throw new Problem('invalid-request', {
      field: 'backup.retention',
      detail: 'no rule says what is kept',
      advice: 'Give keepLast, daily, weekly, monthly or yearly, or leave out retention to keep everything.',
    });
  }
  return { template, mode, fullEvery, ...(retention === undefined ? {} : { retention: kept }) };
}

function jobOf(
  request: SchedulePolicyRequest,
  { accounts }: PolicyContext,
  backup: BackupRules | undefined,
): PolicyJob {
  const { keys, kind, spec, source, destination } = at('job', () => jobSpecOf(request.job, accounts));
  if (keys !== undefined) {
    throw refuseJob('listOfFiles', 'a policy cannot hold a list of names', 'Use include.path instead.');
  }
  if (backup === undefined) return { kind, spec, source, destination };
  refuseNoBackup(spec, backup);
  const isShare = spec.source.location.service === 'files';
  // A tree without its empty directories is not the tree.
  const { emptyDirectories = isShare } = request.job;
  return { kind, spec: { ...spec, ...(emptyDirectories ? { emptyDirectories } : {}) }, source, destination };
}

function refuseNoBackup(spec: JobSpec, { mode, template }: BackupRules): void {
  if (spec.source.kind !== 'prefix') {
    throw refuseJob(
      'source',
      'a backup is made of one container, share or folder',
      'Make a policy for each.',
    );
  }
  if (mode === 'incremental' && spec.destination.service === 'files') {
    throw refuseJob(
      'destination',
      'incremental backups lie in blob containers',
      'Choose a container, or the mode "full".',
    );
  }
  const folder = expandTemplate(template, 'policy', '2026-01-01T00:00:00.000Z').slice(0, -1);
  const rule = spec.destination.service === 'files' ? fileNameProblem(folder) : undefined;
  if (rule !== undefined) {
    throw refuseTemplate(`no share takes such a name: ${rule}`);
  }
  if (spec.mirror !== undefined || spec.dryRun) {
    throw refuseJob(
      spec.dryRun ? 'dryRun' : 'mirror',
      'a backup writes a new folder',
      'Leave it out; retention removes old backups.',
    );
  }
}

function refuseTemplate(detail: string): Problem {
  const advice = `Write it like "${defaultTemplate}".`;
  return new Problem('invalid-request', { field: 'backup.template', detail, advice });
}

/** Runs a check of a part; its refusals name the part. */
function at<T>(part: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { field } = error.problem;
    throw new Problem(error.code, {
      ...error.problem,
      field: field === undefined ? part : `${part}.${field}`,
    });
  }
}

function refuseJob(field: string, detail: string, advice: string): Problem {
  return new Problem('invalid-request', { field: `job.${field}`, detail, advice });
}
