import type { CopyErrorCode } from '../job/copy-error.js';
import { type Counts, zeroCounts } from '../job/outcome.js';
import type { JobPhase, JobStatus, WorkPhase } from '../job/status.js';
import type { Intervals } from './intervals.js';
import type { SegmentRef } from './refs.js';

/** What people want of a job; slices look at it every few seconds. */
export type Desired = 'run' | 'pause' | 'cancel';

/** One piece of work that a lane holds. */
export type Unit =
  | { readonly kind: 'scan'; readonly group: number }
  | ({ readonly kind: 'copy' } & SegmentRef)
  | ({ readonly kind: 'delete' } & SegmentRef)
  /** Read the segment and open its large object number `large` for staging. */
  | ({ readonly kind: 'open' } & LargeRef)
  | ({ readonly kind: 'stage'; readonly run: number } & LargeRef)
  | ({ readonly kind: 'commit' } & LargeRef);

/** A large object: the `large`-th of its segment. */
export interface LargeRef extends SegmentRef {
  readonly large: number;
}

/** A unit that a dead run held. `since` (ISO 8601): when it was first taken, so that earlier writes are known as ours. */
export type Requeued = Unit & { readonly since?: string };

/** One scan group: a list of container pairs that one lane at a time lists. */
export interface GroupState {
  readonly listed: boolean;
  /** Segments written so far; the next has this index. */
  readonly written: number;
  /** Segments whose copies, large objects, deletes are not taken yet. */
  readonly copy: Intervals;
  readonly large: Intervals;
  readonly remove: Intervals;
}

/** A large object whose blocks are being staged. */
export interface Staging {
  readonly object: LargeRef;
  /** Counts up each time the object is planned again because its source changed. */
  readonly generation: number;
  readonly runs: number;
  /** First run never handed out. */
  readonly next: number;
  /** Runs handed out and lost, to be handed out again. */
  readonly lost: readonly number[];
  readonly done: number;
  /** Set when staging cannot go on: the commit unit settles the object instead. */
  readonly stopped?: CopyErrorCode;
  /** ISO 8601: when the object was opened; older writes at the destination are not ours. */
  readonly since: string;
}

/** What a lane holds. `seq` rises with every taking, so that a late finisher is told from the present holder. */
export interface Holding {
  readonly seq: number;
  readonly unit: Unit;
  /** True when the unit may have been worked on before: its outcome blob must be read first. */
  readonly again: boolean;
  /** ISO 8601: when the unit was first taken. */
  readonly since: string;
  /** How often this holding was taken; absent: once. Only who took it last may still write where nothing can be pinned. */
  readonly takes?: number;
  /** True when the one who took it last has given it back, and sends nothing more for it. */
  readonly left?: boolean;
  /**
   * ISO 8601: when it was taken from somebody who may not know yet. Where nothing can be pinned, that one is given
   * time to find out before anything is done.
   */
  readonly takenOverAt?: string;
  /** Progress inside the unit, for the eye only; replaced by the true sums when the unit is finished. */
  readonly partial?: Partial<Totals>;
}

/** Sums over finished units. Bytes are those of source objects. */
export interface Totals extends Counts {
  readonly listed: number;
  readonly destinationListed: number;
  readonly bytesPlanned: number;
  readonly bytesCopied: number;
  readonly deletesPlanned: number;
  readonly requestsSource: number;
  readonly requestsDestination: number;
  readonly requestsState: number;
}

/** A failure for the eye; the report has them all. */
export interface ErrorSample {
  readonly at: string;
  readonly code: CopyErrorCode;
  /** Shortened to 120 characters. */
  readonly key: string;
  readonly message: string;
}

/**
 * The changing half of a job: one blob below 8 KB, changed only by compare-and-swap. Its transitions are pure
 * (take, finish, fence); whoever works for a run that is no longer `run` is refused.
 */
export interface Board {
  readonly version: 1;
  readonly job: string;
  /** Number of the present run; 0: recorded, never started. */
  readonly run: number;
  readonly status: JobStatus;
  readonly phase: JobPhase;
  readonly desired: Desired;
  /** Why the job stands where it stands, for people: code and text. */
  readonly reason?: { readonly code: string; readonly text: string };
  /** A cause that ends the job by itself, proven: for example that a role is missing. */
  readonly stopped?: { readonly code: string; readonly text: string };
  readonly lanes: number;
  /** Phases that the present run goes through. */
  readonly phases: readonly WorkPhase[];
  /** Last run that has fenced its predecessors; makes a repeated `prepare` harmless. */
  readonly fenced: number;
  /** ISO 8601: when that was. */
  readonly fencedAt?: string;
  /** Units that a dead run held: handed out first, and to be looked at for earlier work. */
  readonly requeued: readonly Requeued[];
  readonly groups: readonly GroupState[];
  readonly staging: readonly Staging[];
  readonly holdings: Readonly<Record<string, Holding>>;
  readonly seq: number;
  readonly totals: Totals;
  readonly errors: readonly ErrorSample[];
  /** What could not be kept, said once: for example that tags are not permitted. */
  readonly warnings: readonly string[];
  /** Set when a complete plan is there. */
  readonly planHash?: string;
  /** Plan hash that somebody approved. */
  readonly approved?: string;
  /** ISO 8601: start of the scan; extras younger than this are not extras. */
  readonly scanStartedAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** ISO 8601: last change by a working slice; how a timer sees that a run died. */
  readonly beatAt?: string;
}

export const zeroTotals: Totals = {
  ...zeroCounts,
  listed: 0,
  destinationListed: 0,
  bytesPlanned: 0,
  bytesCopied: 0,
  deletesPlanned: 0,
  requestsSource: 0,
  requestsDestination: 0,
  requestsState: 0,
};

/** The board of a job that was recorded and has not started. */
export function newBoard(job: string): Board {
  return {
    version: 1,
    job,
    run: 0,
    status: 'Queued',
    phase: 'prepare',
    desired: 'run',
    lanes: 0,
    phases: [],
    fenced: 0,
    requeued: [],
    groups: [],
    staging: [],
    holdings: {},
    seq: 0,
    totals: zeroTotals,
    errors: [],
    warnings: [],
  };
}

/** What lanes hold. Pure. */
export function heldUnits({ holdings }: Board): readonly Unit[] {
  return Object.values(holdings).map(({ unit }) => unit);
}

/** What was begun and is not finished: what lanes hold, and what lanes of dead runs held. Pure. */
export function unitsInHand(board: Board): readonly Unit[] {
  return [...heldUnits(board), ...board.requeued];
}
