import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import type { Operation } from '../job/operation.js';
import type { Clock } from '../runtime/clock.js';
import type { ContainerStore, FileTarget, ObjectStore } from '../storage/store.js';
import type { FileKeeper } from './file-keeper.js';
import type { RetryBudget } from './retry.js';
import type { TagKeeper } from './tag-keeper.js';
import type { RequestResult } from './throttle.js';

/** The part of a job's spec that says how objects are written. */
export type CopySettings = Pick<
  JobSpec,
  | 'tier'
  | 'preserveProperties'
  | 'preserveMetadata'
  | 'properties'
  | 'metadata'
  | 'setTier'
  | 'singleShotBytes'
  | 'backup'
>;

/** One block of an object that is copied in parts. */
export interface PlannedBlock {
  /** Base64 block id; derived from job, key, source version and block size, so that it names this content only. */
  readonly id: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What is read from; with what only files have, where it has it. */
export type SourceStore = ObjectStore & Partial<Pick<FileTarget, 'listRanges' | 'readPermission'>>;

/** What settling an object needs of the world; the same for all objects of a container pair in one slice. */
export interface CopyContext {
  readonly pair: ContainerPair;
  readonly source: SourceStore;
  readonly destination: ContainerStore;
  /** One for the whole slice: what it has made in shares. */
  readonly files?: FileKeeper;
  readonly settings: CopySettings;
  /** One for the whole slice: it remembers that tags were refused. */
  readonly tags: TagKeeper;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** ISO 8601: when the unit was first taken. Writes older than this are not ours. */
  readonly since: string;
  /** True when the unit may have been worked on before: what stands at the destination may be our own. */
  readonly rerun: boolean;
  /** True while a version is copied that came after the planned one, which may stand at the destination already. */
  readonly laterVersion?: boolean;
  /**
   * True when the caller looks at both ends itself: a difference at either end is reported as it was met, without a
   * further request. Absent: a changed source is tried once more, and a conflict may turn out to be our own write.
   */
  readonly leaveDifferences?: boolean;
  /**
   * Asked after a refusal that may be another worker's doing: true when the unit was given to a second one meanwhile.
   * Throws `aborted` when that cannot be known now. Absent: nobody else has it.
   */
  readonly isShared?: () => Promise<boolean>;
  /**
   * Asked before each write where none can be pinned: throws `aborted` when the unit is no longer this worker's. Whoever
   * is given it next waits until that is known. Absent: it always is.
   */
  readonly requireHold?: () => Promise<void>;
  /** The blocks of an object that is too large for one request. Pure. */
  readonly planBlocks: (operation: Operation) => readonly PlannedBlock[];
  /** Looked at between the blocks of one object. */
  readonly shouldStop?: () => boolean;
  /** How many blocks of one object may be in flight now; asked between blocks. Absent: four. */
  readonly blocksAtOnce?: () => number;
  /** Told of each answer; the window's. */
  readonly onResult?: (result: RequestResult) => void;
  readonly budget?: RetryBudget;
}

export function sourceKey(operation: Operation, context: CopyContext): string {
  return context.pair.sourceBase + operation.key;
}

export function destinationKey(operation: Operation, context: CopyContext): string {
  return context.pair.destinationBase + (operation.destinationKey ?? operation.key);
}
