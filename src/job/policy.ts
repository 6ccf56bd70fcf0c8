import type { BackupRules } from './backup-rules.js';
import type { JobSpec } from './job-spec.js';
import type { ReplicationRule } from './replication-rule.js';
import type { Schedule } from './schedule.js';

/** What every stored policy has: a recipe that starts jobs by itself. */
export interface PolicyHead {
  readonly version: 1;
  /** Unique; see {@link isPolicyName}. */
  readonly name: string;
  /** True: starts nothing until it is resumed. */
  readonly paused: boolean;
  /** ISO 8601. Tells a policy from an earlier one of the same name. */
  readonly createdAt: string;
  /** Who: object id of a user or app, or `key`, `local`. */
  readonly createdBy: string;
  readonly changedAt: string;
  readonly changedBy: string;
}

/** A job as a policy keeps it: checked once when it was saved. */
export interface PolicyJob {
  readonly kind: 'copy' | 'sync';
  /** Of a backup: `destination` is the place below which the backups' folders lie. */
  readonly spec: JobSpec;
  /** URLs for people. */
  readonly source: string;
  readonly destination: string;
}

/** Starts a job at the times of a schedule. */
export interface SchedulePolicy extends PolicyHead {
  readonly kind: 'schedule';
  readonly schedule: Schedule;
  /** ISO 8601: times up to this one are never made up for. Moves when the schedule changes or the policy is resumed. */
  readonly scheduledFrom: string;
  readonly job: PolicyJob;
  /** Present: each job writes a folder of its own, kept as the rules say. */
  readonly backup?: BackupRules;
  /** The request as it was sent, to be shown and sent again. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** Carries changes of one place to others, as events tell of them. */
export interface ReplicationPolicy extends PolicyHead {
  readonly kind: 'replication';
  readonly rule: ReplicationRule;
  /** ISO 8601: reconciliations due up to this time are never made up for. */
  readonly scheduledFrom: string;
  /** The request as it was sent, to be shown and sent again. */
  readonly request: Readonly<Record<string, unknown>>;
}

export type Policy = SchedulePolicy | ReplicationPolicy;

/** True for what may name a policy: 1 to 63 lower-case letters, digits and single inner hyphens; safe in names and URLs. */
export function isPolicyName(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text);
}
