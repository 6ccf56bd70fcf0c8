import type { CopyErrorCode } from '../job/copy-error.js';
import type { SegmentSummary } from '../plan/segment.js';
import type { Board, ErrorSample, GroupState, Holding, LargeRef, Staging, Totals } from './board.js';
import { sameObject } from './board-take.js';
import { addTo, coarsen } from './intervals.js';
import type { SegmentRef } from './refs.js';

/** Proof of holding a unit: a late finisher has an old `seq` and changes nothing. */
export interface Holder {
  readonly run: number;
  readonly lane: number;
  readonly seq: number;
  /** Which taking of the holding this is; absent: the first. */
  readonly takes?: number;
}

const maxIntervals = 32;
const maxErrors = 5;

/** The holding, when it is still this holder's. */
function heldBy(board: Board, holder: Holder): Holding | undefined {
  const holding = board.holdings[String(holder.lane)];
  return board.run === holder.run && holding?.seq === holder.seq ? holding : undefined;
}

/** True until the unit is finished, by whomever, or was given to somebody else: once more, or by a later run. Pure. */
export function isLastTaker(board: Board, holder: Holder): boolean {
  const holding = heldBy(board, holder);
  return holding !== undefined && (holding.takes ?? 1) === (holder.takes ?? 1);
}

/** Gives a unit back to its lane, by a worker that sends nothing more for it; nothing changes when another has it. */
export function leaveUnit(board: Board, holder: Holder): Board {
  const holding = heldBy(board, holder);
  if (holding === undefined || !isLastTaker(board, holder)) return board;
  return { ...board, holdings: { ...board.holdings, [String(holder.lane)]: { ...holding, left: true } } };
}

function release(board: Board, holder: Holder): Board {
  const holdings = Object.fromEntries(
    Object.entries(board.holdings).filter(([lane]) => lane !== String(holder.lane)),
  );
  return { ...board, holdings };
}

/** Adds what is given to the totals. */
function addTotals(totals: Totals, delta: Partial<Totals>): Totals {
  const sum: Record<string, number> = { ...totals };
  for (const [name, value] of Object.entries(delta)) sum[name] = (sum[name] ?? 0) + value;
  return sum as unknown as Totals;
}

/**
 * Tells the board of a segment that the scan has written. Counted once: a segment whose index is below `written` was
 * told before. Keeps the scan with its lane.
 */
export function reportSegment(
  board: Board,
  holder: Holder,
  ref: SegmentRef,
  summary: SegmentSummary,
  listed: boolean,
): Board {
  const group = board.groups[ref.group];
  if (heldBy(board, holder) === undefined || group?.written !== ref.index) return board;
  const grow = (list: GroupState['copy'], has: number): GroupState['copy'] =>
    has > 0 ? coarsen(addTo(list, ref.index), maxIntervals) : list;
  const next: GroupState = {
    listed,
    written: ref.index + 1,
    copy: grow(group.copy, summary.copies),
    large: grow(group.large, summary.large),
    remove: grow(group.remove, summary.deletes),
  };
  const totals = addTotals(board.totals, {
    planned: summary.copies + summary.large + summary.deletes + summary.skips + summary.failures,
    skipped: summary.skips,
    failed: summary.failures,
    listed: summary.listed,
    destinationListed: summary.destinationListed,
    bytesPlanned: summary.copyBytes + summary.largeBytes,
    deletesPlanned: summary.deletes,
  });
  const told = { ...board, groups: board.groups.with(ref.group, next), totals };
  return listed ? release(told, holder) : told;
}

/** Gives a scan back unfinished, so that copying catches up. */
export function yieldScan(board: Board, holder: Holder): Board {
  return heldBy(board, holder)?.unit.kind === 'scan' ? release(board, holder) : board;
}

/** Finishes a segment of copies or deletes with the sums of its final outcome blob. */
export function finishSegment(board: Board, holder: Holder, delta: Partial<Totals>): Board {
  const unit = heldBy(board, holder)?.unit;
  if (unit?.kind !== 'copy' && unit?.kind !== 'delete') return board;
  return { ...release(board, holder), totals: addTotals(board.totals, delta) };
}

/** Opens the large objects of a segment: `runs[i]` is the number of block runs of the i-th. */
export function openStaging(board: Board, holder: Holder, runs: readonly number[], now: string): Board {
  const unit = heldBy(board, holder)?.unit;
  if (unit?.kind !== 'open') return board;
  const opened = runs.map((count, large): Staging => {
    const object: LargeRef = { group: unit.group, index: unit.index, large };
    return { object, generation: 0, runs: count, next: 0, lost: [], done: 0, since: now };
  });
  return { ...release(board, holder), staging: [...board.staging, ...opened] };
}

/** What became of one run of blocks. */
export type RunResult = { readonly staged: true } | { readonly staged: false; readonly code: CopyErrorCode };

/** Counts a run of blocks. After the last one the object waits for its commit, and the next taker gets that. */
export function finishRun(board: Board, holder: Holder, result: RunResult): Board {
  const unit = heldBy(board, holder)?.unit;
  if (unit?.kind !== 'stage') return board;
  return changeStaging(release(board, holder), unit, (entry) =>
    result.staged ? { ...entry, done: entry.done + 1 } : { ...entry, stopped: entry.stopped ?? result.code },
  );
}

/** What a commit came to. */
export type CommitResult =
  | { readonly settled: Partial<Totals> }
  /** Runs whose blocks the service does not have. */
  | { readonly missing: readonly number[] }
  /** The source has a new version: everything anew. */
  | { readonly replanned: { readonly runs: number } };

export function finishCommit(board: Board, holder: Holder, result: CommitResult): Board {
  const unit = heldBy(board, holder)?.unit;
  if (unit?.kind !== 'commit') return board;
  const free = release(board, holder);
  if ('settled' in result) {
    return {
      ...free,
      staging: free.staging.filter((entry) => !sameObject(entry.object, unit)),
      totals: addTotals(free.totals, result.settled),
    };
  }
  return changeStaging(free, unit, (entry) =>
    'missing' in result
      ? { ...entry, lost: result.missing, done: entry.runs - result.missing.length }
      : {
          object: entry.object,
          generation: entry.generation + 1,
          runs: result.replanned.runs,
          next: 0,
          lost: [],
          done: 0,
          since: entry.since,
        },
  );
}

function changeStaging(board: Board, object: LargeRef, change: (entry: Staging) => Staging): Board {
  return {
    ...board,
    staging: board.staging.map((entry) => (sameObject(entry.object, object) ? change(entry) : entry)),
  };
}

/** What a slice tells of itself besides finished units. */
export interface Beat {
  readonly now: string;
  /** Requests sent since the last beat. */
  readonly requests: Pick<Totals, 'requestsSource' | 'requestsDestination' | 'requestsState'>;
  readonly partial?: Partial<Totals>;
  readonly errors?: readonly ErrorSample[];
  readonly warnings?: readonly string[];
}

/** Adds requests, samples and progress; a beat of a superseded run changes nothing. */
export function beat(board: Board, run: number, holder: Holder | undefined, news: Beat): Board {
  if (board.run !== run) return board;
  const holding = holder === undefined ? undefined : heldBy(board, holder);
  const holdings =
    holder === undefined || holding === undefined || news.partial === undefined
      ? board.holdings
      : { ...board.holdings, [String(holder.lane)]: { ...holding, partial: news.partial } };
  return {
    ...board,
    holdings,
    beatAt: news.now,
    totals: addTotals(board.totals, news.requests),
    errors: [...board.errors, ...(news.errors ?? [])].slice(-maxErrors),
    warnings: [...new Set([...board.warnings, ...(news.warnings ?? [])])],
  };
}
