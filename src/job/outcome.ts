import type { CopyErrorCode } from './copy-error.js';
import type { CopyReason, SkipReason } from './operation.js';

export const outcomeKinds = ['copied', 'skipped', 'deleted', 'failed', 'conflict', 'notAttempted'] as const;
export type OutcomeKind = (typeof outcomeKinds)[number];

/** Reasons of objects that were planned and never tried. */
export type NotAttemptedReason = 'cancelled' | 'job-failed' | 'delete-not-opened' | 'dry-run';

export type OutcomeReason =
  | CopyReason
  | SkipReason
  | 'own-write-assumed'
  | 'extra'
  | 'no-longer-extra'
  | NotAttemptedReason
  | CopyErrorCode;

/** What happened to one object: one line of an outcome blob and of the report. */
export interface Outcome {
  readonly outcome: OutcomeKind;
  readonly reason: OutcomeReason;
  readonly pair: number;
  readonly key: string;
  /** Relative key at the destination, where it is not `key`. */
  readonly destinationKey?: string;
  /** Size of the object; counted as copied only when `outcome` is `copied`. */
  readonly sizeBytes: number;
  /** `x-ms-request-id` of the deciding response. */
  readonly requestId?: string;
  /** HTTP status and service code of a refusal. */
  readonly status?: number;
  readonly serviceCode?: string;
  readonly message?: string;
}

/** Under which name outcomes of a kind are counted. */
export const countNames = {
  copied: 'copied',
  skipped: 'skipped',
  deleted: 'deleted',
  failed: 'failed',
  conflict: 'conflicts',
  notAttempted: 'notAttempted',
} as const satisfies Readonly<Record<OutcomeKind, keyof Counts>>;

/** Sums over outcomes. Conservation law: planned = the sum of the six others. */
export interface Counts {
  readonly planned: number;
  readonly copied: number;
  readonly skipped: number;
  readonly deleted: number;
  readonly failed: number;
  readonly conflicts: number;
  readonly notAttempted: number;
}

export const zeroCounts: Counts = {
  planned: 0,
  copied: 0,
  skipped: 0,
  deleted: 0,
  failed: 0,
  conflicts: 0,
  notAttempted: 0,
};

/** Objects with an outcome; equal to `planned` when nothing was lost. */
export function settledCount(counts: Counts): number {
  return (
    counts.copied + counts.skipped + counts.deleted + counts.failed + counts.conflicts + counts.notAttempted
  );
}
