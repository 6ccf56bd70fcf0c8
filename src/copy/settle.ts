import { isRestore } from '../job/backup-task.js';
import { isCopyError } from '../job/copy-error.js';
import type { CopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome, OutcomeKind, OutcomeReason } from '../job/outcome.js';
import type { CopySettings } from './context.js';

/** An outcome that no error decided. */
export function settled(
  operation: Operation,
  outcome: OutcomeKind,
  reason: OutcomeReason,
  requestId?: string,
): Outcome {
  return {
    outcome,
    reason,
    pair: operation.pair,
    key: operation.key,
    ...(operation.destinationKey === undefined ? {} : { destinationKey: operation.destinationKey }),
    sizeBytes: operation.sizeBytes,
    ...(requestId === undefined || requestId === '' ? {} : { requestId }),
  };
}

/** An outcome that a refusal decided, with all that it said. */
export function refused(
  operation: Operation,
  outcome: 'failed' | 'conflict' | 'skipped',
  error: CopyError,
  reason: OutcomeReason = error.code,
): Outcome {
  return {
    ...settled(operation, outcome, reason, error.requestId),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.serviceCode === undefined ? {} : { serviceCode: error.serviceCode }),
    message: error.message,
  };
}

/**
 * An object that is gone since it was listed, after one look or the service's own word: nothing is left to copy, unless
 * the job restores a backup. That would be incomplete, so there it is a failure.
 */
export function vanished(
  operation: Operation,
  { backup }: Pick<CopySettings, 'backup'>,
  error?: CopyError,
): Outcome {
  const [outcome, reason] = isRestore(backup)
    ? (['failed', 'source-not-found'] as const)
    : (['skipped', 'vanished'] as const);
  return error === undefined
    ? settled(operation, outcome, reason)
    : refused(operation, outcome, error, reason);
}

/** The last word on an error: `aborted` goes on to the caller, everything else is an outcome of this object. */
export function settleError(operation: Operation, error: unknown): Outcome {
  if (!isCopyError(error)) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown failure';
    return { ...settled(operation, 'failed', 'unexpected'), message };
  }
  if (error.code === 'aborted') throw error;
  return refused(operation, isConflict(error) ? 'conflict' : 'failed', error);
}

/** True when the destination is not what the plan saw. */
export function isConflict(error: CopyError): boolean {
  return error.code === 'destination-exists' || error.code === 'destination-changed';
}
