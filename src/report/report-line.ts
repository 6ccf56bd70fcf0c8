import type { ContainerPair } from '../job/job-spec.js';
import type { Operation, Skip } from '../job/operation.js';
import type { NotAttemptedReason, Outcome, OutcomeKind, OutcomeReason } from '../job/outcome.js';
import type { ListFailure } from '../plan/segment.js';
import { adviceFor } from './advice.js';

/** One object in a report or a plan. Names are decoded. */
export interface ReportLine {
  readonly outcome: OutcomeKind;
  readonly reason: OutcomeReason;
  /** What the plan wants; only in plans. */
  readonly action?: 'copy' | 'delete' | 'skip' | 'fail';
  /** Relative to the bases of the job; of a single object its last segment. */
  readonly key: string;
  /** `container/key`; absent for an object that only the destination has. */
  readonly source?: string;
  readonly destination: string;
  readonly sizeBytes: number;
  readonly requestId?: string;
  readonly status?: number;
  readonly serviceCode?: string;
  readonly message?: string;
  /** What to do about it. */
  readonly advice?: string;
}

type Pairs = readonly ContainerPair[];

/** The line of a settled object. */
export function lineOfOutcome(pairs: Pairs, outcome: Outcome): ReportLine {
  const { outcome: kind, reason, sizeBytes, requestId, status, serviceCode, message } = outcome;
  return {
    ...lineOf(pairs, outcome, kind, reason, sizeBytes),
    ...(requestId === undefined ? {} : { requestId }),
    ...(status === undefined ? {} : { status }),
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ...(message === undefined ? {} : { message }),
    ...advice(reason),
  };
}

/** The line of an object that the scan left alone. */
export function lineOfSkip(pairs: Pairs, skip: Skip): ReportLine {
  return lineOf(pairs, skip, 'skipped', skip.reason, skip.sizeBytes);
}

/** The line of a listed name that never became an operation. */
export function lineOfFailure(pairs: Pairs, failure: ListFailure): ReportLine {
  return {
    ...lineOf(pairs, failure, 'failed', failure.reason, 0),
    ...(failure.rule === undefined ? {} : { message: `rule: ${failure.rule}` }),
    ...advice(failure.reason),
  };
}

/** The line of an operation that nobody tried. */
export function lineOfOperation(
  pairs: Pairs,
  operation: Operation,
  reason: NotAttemptedReason | Operation['reason'],
): ReportLine {
  return { ...lineOf(pairs, operation, 'notAttempted', reason, operation.sizeBytes), ...advice(reason) };
}

function lineOf(
  pairs: Pairs,
  object: { readonly pair: number; readonly key: string; readonly destinationKey?: string },
  outcome: OutcomeKind,
  reason: OutcomeReason,
  sizeBytes: number,
): ReportLine {
  const pair = pairs[object.pair];
  if (pair === undefined) throw new Error(`the job has no container pair ${String(object.pair)}`);
  const { key } = object;
  const onlyThere = reason === 'extra' || reason === 'no-longer-extra' || reason === 'delete-not-opened';
  return {
    outcome,
    reason,
    key: key === '' ? pair.sourceBase.slice(pair.sourceBase.lastIndexOf('/') + 1) : key,
    ...(onlyThere ? {} : { source: `${pair.sourceContainer}/${pair.sourceBase}${key}` }),
    destination: `${pair.destinationContainer}/${pair.destinationBase}${object.destinationKey ?? key}`,
    sizeBytes,
  };
}

function advice(reason: OutcomeReason): { readonly advice?: string } {
  const text = adviceFor(reason);
  return text === undefined ? {} : { advice: text };
}
