import type { EndReason } from '../activities/contracts.js';
import type { JobStatus, WorkPhase } from '../job/status.js';
import { heldUnits, unitsInHand } from './board.js';
import type { Board, GroupState, Requeued, Totals } from './board.js';

const emptyGroup: GroupState = { listed: false, written: 0, copy: [], large: [], remove: [] };

/** What `prepare` decides for a run. */
export interface RunPlan {
  readonly lanes: number;
  readonly phases: readonly WorkPhase[];
  /** Number of scan groups; looked at by the first run only. */
  readonly groups: number;
  /** ISO 8601. */
  readonly now: string;
}

/**
 * Starts a run on the board: fences every earlier run and requeues what its lanes held. A second call for the same run
 * changes nothing. Returns undefined when the board belongs to another run.
 */
export function beginRun(board: Board, run: number, plan: RunPlan): Board | undefined {
  if (board.run !== run) return undefined;
  if (board.fenced >= run) return board.status === 'Running' ? board : undefined;
  const groups =
    board.groups.length > 0 ? board.groups : Array.from({ length: plan.groups }, () => emptyGroup);
  return {
    ...requeue(board),
    status: 'Running',
    phase: 'prepare',
    fenced: run,
    ...(run > 1 ? { fencedAt: plan.now } : {}),
    lanes: plan.lanes,
    phases: plan.phases,
    groups,
    scanStartedAt: board.scanStartedAt ?? plan.now,
    startedAt: board.startedAt ?? plan.now,
    beatAt: plan.now,
  };
}

/** Puts back what lanes held: scans and commits are found again by themselves. */
function requeue(board: Board): Board {
  const held = Object.values(board.holdings);
  const units = heldUnits(board);
  const requeued = held
    .filter(({ unit }) => ['copy', 'delete', 'open'].includes(unit.kind))
    .map(({ unit, since }): Requeued => ({ ...unit, since }));
  const staging = board.staging.map((entry) => {
    const lost = units.flatMap((unit) =>
      unit.kind === 'stage' &&
      unit.group === entry.object.group &&
      unit.index === entry.object.index &&
      unit.large === entry.object.large
        ? [unit.run]
        : [],
    );
    return { ...entry, lost: [...entry.lost, ...lost] };
  });
  return { ...board, holdings: {}, requeued: [...board.requeued, ...requeued], staging };
}

/** True when nothing is left to list. */
export function isListed(board: Board): boolean {
  return board.groups.length > 0 && board.groups.every((group) => group.listed);
}

/** True when every copy and every large object has its outcome. */
export function isCopied(board: Board): boolean {
  return (
    isListed(board) &&
    unitsInHand(board).every(({ kind }) => kind === 'delete') &&
    board.staging.length === 0 &&
    board.groups.every((group) => group.copy.length === 0 && group.large.length === 0)
  );
}

/**
 * True when lanes could go on: something is not listed, not copied, or not deleted in a delete phase that was opened.
 * All lanes can end before that: of two deliveries of one slice the first found nothing and ended its lane, the second
 * took a unit that had just come free.
 */
export function hasWorkLeft(board: Board, dryRun: boolean): boolean {
  if (!isListed(board)) return true;
  if (dryRun) return false;
  if (!isCopied(board)) return true;
  const held = Object.keys(board.holdings).length > 0;
  const left = held || board.requeued.length > 0 || board.groups.some((group) => group.remove.length > 0);
  return board.phase === 'delete' && left;
}

/** Puts the work that a run left into the hands of the next one. */
export function continueRun(board: Board): Board {
  const { reason: _, ...rest } = board;
  return { ...rest, run: board.run + 1, status: 'Queued' };
}

/** The end of a run as `close` sees it. */
export interface RunEnd {
  readonly status: JobStatus;
  readonly now: string;
  readonly reason?: Board['reason'];
  /** Sums of the outcome blobs; they replace the running ones when the job is over. */
  readonly totals?: Partial<Totals>;
  readonly planHash?: string;
}

/** Ends a run. Repeating it, or ending a run that is not the present one, changes nothing. */
export function endRun(board: Board, run: number, end: RunEnd): Board {
  if (board.run !== run || board.status !== 'Running') return board;
  const { reason: _, ...rest } = board;
  const over = end.status !== 'Paused' && end.status !== 'AwaitingApproval';
  return {
    ...rest,
    status: end.status,
    phase: 'close',
    desired: end.status === 'Paused' ? 'run' : board.desired,
    totals: { ...board.totals, ...end.totals },
    ...(end.reason === undefined ? {} : { reason: end.reason }),
    ...(end.planHash === undefined ? {} : { planHash: end.planHash }),
    ...(over ? { finishedAt: end.now, holdings: {} } : {}),
  };
}

/** Job status after a run that ended with `end`. Pure. */
export function statusAfter(end: EndReason, totals: Totals, complete: boolean): JobStatus {
  switch (end) {
    case 'paused':
      return 'Paused';
    case 'awaiting-approval':
      return 'AwaitingApproval';
    case 'cancelled':
      return 'Cancelled';
    case 'done':
      if (!complete) return 'Failed';
      return totals.failed + totals.conflicts + totals.notAttempted > 0 ? 'CompletedWithErrors' : 'Completed';
    default:
      return 'Failed';
  }
}
