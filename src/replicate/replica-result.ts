import type { CopyErrorCode } from '../job/copy-error.js';

/**
 * What became of one change at one target. `handedOver`: a job of its own does it. `kept`: the rule leaves to the
 * destination what is the destination's.
 */
export type ReplicaOutcome =
  'copied' | 'deleted' | 'tierSet' | 'skipped' | 'handedOver' | 'kept' | 'conflict' | 'failed';

export interface ReplicaResult {
  readonly outcome: ReplicaOutcome;
  /** Why, as in reports of jobs; codes of `CopyError` for failures. */
  readonly reason: string;
  /** Of a failure: words for people, without names of objects. */
  readonly message?: string;
}

/** Refusals that no later try will change. */
const lasting: ReadonlySet<string> = new Set<CopyErrorCode>([
  'source-archived',
  'source-type-unsupported',
  'destination-immutable',
  'destination-archived',
  'name-not-addressable',
  'copy-source-too-long',
  'too-large',
  'bad-request',
]);

/** True for a failure that may pass: worth another try later. */
export function isPassing(result: ReplicaResult): boolean {
  return result.outcome === 'failed' && !lasting.has(result.reason);
}
