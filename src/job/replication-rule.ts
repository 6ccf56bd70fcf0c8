import type { Location } from './account.js';
import type { Filters, PreserveMode } from './job-spec.js';
import type { Schedule } from './schedule.js';

export const deleteModes = ['ignore', 'propagate'] as const;
/** `propagate`: what is deleted or renamed away at the source is deleted at the targets too. */
export type DeleteMode = (typeof deleteModes)[number];

export const conflictModes = ['sourceWins', 'keepDestination', 'report'] as const;
/**
 * What holds when a target has an object, or had one deleted, by somebody else than this rule. `keepDestination`: it
 * stays, quietly. `report`: it stays, and counts as a conflict.
 */
export type ConflictMode = (typeof conflictModes)[number];

export const replicationLimits = {
  targets: 10,
  /** Longest a rule may wait for a name to come to rest. */
  delayMs: 60 * 60_000,
  /** Rules that one change may pass; a longer chain ends there. */
  hops: 32,
} as const;

/** A validated replication rule: what is stored, and what the replicator works from. All names decoded. */
export interface ReplicationRule {
  /** Name of the policy; unique in the app. */
  readonly name: string;
  /** A container or folder: the prefix is empty or ends in `/`. */
  readonly source: Location;
  /** One to ten places of the same form; a key keeps its path below the source's prefix. */
  readonly targets: readonly Location[];
  readonly filters: Filters;
  readonly deletes: DeleteMode;
  readonly conflict: ConflictMode;
  /** How long a name must wait before it is copied; further changes to it in the meantime cost nothing. 0: at once. */
  readonly delayMs: number;
  readonly tags: PreserveMode;
  readonly tier: PreserveMode;
  /** Larger objects are copied by a job of their own. */
  readonly singleShotBytes: number;
  /** When a job repairs what no event told; absent: only when asked to. */
  readonly reconcile?: Schedule;
}
