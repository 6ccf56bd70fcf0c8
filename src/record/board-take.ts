import type { EndReason } from '../activities/contracts.js';
import type { WorkPhase } from '../job/status.js';
import { readyCount, scanIsAhead } from './board-lanes.js';
import { isListed } from './board-run.js';
import { heldUnits } from './board.js';
import type { Board, GroupState, Holding, LargeRef, Staging, Unit } from './board.js';
import { firstOf, removeFrom } from './intervals.js';

/** Who asks: one lane of one run, in one phase. */
export interface Taker {
  readonly run: number;
  readonly lane: number;
  readonly phase: WorkPhase;
  /** ISO 8601. */
  readonly now: string;
  /** It begins the phase, before there are lanes: it lists, opens large objects, and does the rest only if that is one unit. */
  readonly first?: boolean;
  /** It has listed for so long that others should begin with what is ready. */
  readonly overdue?: boolean;
}

export type Taken =
  | { readonly kind: 'unit'; readonly holding: Holding }
  /** To a first slice alone: what is ready is for lanes. */
  | { readonly kind: 'more' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'end'; readonly end: EndReason };

/** Large objects that may be open for staging before another segment of them is opened. */
const openStagings = 4;

/** Why nobody of this run may work now; undefined when work may go on. Pure. */
export function endOf(board: Board, run: number): EndReason | undefined {
  if (board.run !== run || board.status !== 'Running') return 'superseded';
  if (board.stopped !== undefined) return 'failed';
  if (board.desired === 'cancel') return 'cancelled';
  return board.desired === 'pause' ? 'paused' : undefined;
}

/**
 * Hands the lane its next unit: first what it still holds, then what a dead run left, then fresh work. Pure; taking
 * twice with the same board gives the same answer.
 */
export function take(board: Board, taker: Taker): { readonly board: Board; readonly taken: Taken } {
  const end = endOf(board, taker.run);
  if (end !== undefined) return { board, taken: { kind: 'end', end } };
  const held = board.holdings[String(taker.lane)];
  if (held !== undefined) return takeAgain(board, taker, held);
  const choice = taker.first === true ? chooseFirst(board, taker) : choose(board, taker.phase);
  if (choice === undefined) return { board, taken: withoutChoice(board, taker) };
  const holding: Holding = {
    seq: board.seq + 1,
    unit: choice.unit,
    again: choice.again,
    since: choice.since ?? taker.now,
    ...(choice.again && board.fencedAt !== undefined ? { takenOverAt: board.fencedAt } : {}),
  };
  return {
    board: {
      ...choice.board,
      seq: holding.seq,
      holdings: { ...board.holdings, [String(taker.lane)]: holding },
      beatAt: taker.now,
    },
    taken: { kind: 'unit', holding },
  };
}

function withoutChoice(board: Board, taker: Taker): Taken {
  const mayBring = taker.phase === 'copy' && !isListed(board);
  const isForLanes = !mayBring || handsOver(board, taker);
  if (taker.first === true && isForLanes && readyCount(board, taker.phase) > 0) return { kind: 'more' };
  return mayBring ? { kind: 'idle' } : { kind: 'end', end: 'done' };
}

/** True when a scan should stop so that what is ready is copied first. Pure. */
export function handsOver(
  board: Board,
  { phase, first, overdue }: Pick<Taker, 'phase' | 'first' | 'overdue'>,
): boolean {
  if (phase !== 'copy') return false;
  return scanIsAhead(board) || (first === true && overdue === true && readyCount(board) > 0);
}

/** Written down, so that a worker that was given the unit before can see that it is not alone with it, or not any more. */
function takeAgain(board: Board, taker: Taker, { left, ...held }: Holding): ReturnType<typeof take> {
  const holding: Holding = {
    ...held,
    again: true,
    takes: (held.takes ?? 1) + 1,
    ...(left === true ? {} : { takenOverAt: taker.now }),
  };
  const holdings = { ...board.holdings, [String(taker.lane)]: holding };
  return { board: { ...board, holdings }, taken: { kind: 'unit', holding } };
}

interface Choice {
  readonly board: Board;
  readonly unit: Unit;
  readonly again: boolean;
  readonly since?: string;
}

/** One unit that is left goes to whoever has found it; of more the first slice takes none, so that lanes can share them. */
function chooseFirst(board: Board, taker: Taker): Choice | undefined {
  if (taker.phase === 'copy') {
    if (!isListed(board)) return handsOver(board, taker) ? undefined : chooseScan(board);
    const open = board.staging.length < openStagings ? chooseSegment(board, 'large', 'open') : undefined;
    if (open !== undefined) return open;
  }
  return readyCount(board, taker.phase) > 1 ? undefined : choose(board, taker.phase);
}

function choose(board: Board, phase: WorkPhase): Choice | undefined {
  if (phase === 'plan') return chooseScan(board);
  if (phase === 'delete')
    return chooseRequeued(board, ['delete']) ?? chooseSegment(board, 'remove', 'delete');
  return (
    chooseCommit(board) ??
    chooseRequeued(board, ['copy', 'open']) ??
    (wantsScan(board) ? chooseScan(board) : undefined) ??
    (prefersStaging(board) ? chooseStaging(board) : undefined) ??
    chooseSegment(board, 'copy', 'copy') ??
    chooseStaging(board) ??
    chooseScan(board)
  );
}

/** Scan while less than one unit a lane is ready, with at most a quarter of the lanes unless nothing is ready. */
function wantsScan(board: Board): boolean {
  const ready = readyCount(board);
  const scanners = heldUnits(board).filter((unit) => unit.kind === 'scan').length;
  return ready === 0 || (ready < board.lanes && scanners < Math.max(1, Math.floor(board.lanes / 4)));
}

function chooseScan(board: Board): Choice | undefined {
  const held = new Set(heldUnits(board).flatMap((unit) => (unit.kind === 'scan' ? [unit.group] : [])));
  const group = board.groups.findIndex((state, index) => !state.listed && !held.has(index));
  return group < 0 ? undefined : { board, unit: { kind: 'scan', group }, again: false };
}

function chooseRequeued(board: Board, kinds: readonly Unit['kind'][]): Choice | undefined {
  const index = board.requeued.findIndex((unit) => kinds.includes(unit.kind));
  const requeued = board.requeued[index];
  if (requeued === undefined) return undefined;
  const { since, ...unit } = requeued;
  return {
    board: { ...board, requeued: board.requeued.toSpliced(index, 1) },
    unit,
    again: true,
    ...(since === undefined ? {} : { since }),
  };
}

function chooseSegment(
  board: Board,
  list: 'copy' | 'large' | 'remove',
  kind: 'copy' | 'delete' | 'open',
): Choice | undefined {
  const group = board.groups.findIndex((state) => firstOf(state[list]) !== undefined);
  const state = board.groups[group];
  const index = state === undefined ? undefined : firstOf(state[list]);
  if (state === undefined || index === undefined) return undefined;
  const next: GroupState = { ...state, [list]: removeFrom(state[list], index) };
  const unit: Unit = kind === 'open' ? { kind, group, index, large: 0 } : { kind, group, index };
  return { board: { ...board, groups: board.groups.with(group, next) }, unit, again: false };
}

/** Half of the busy lanes may stage blocks, so that small objects and large ones go on side by side. */
function prefersStaging(board: Board): boolean {
  const held = heldUnits(board);
  const staging = held.filter((unit) => unit.kind === 'stage' || unit.kind === 'open').length;
  return staging * 2 <= held.length;
}

function chooseStaging(board: Board): Choice | undefined {
  const waiting = board.staging.findIndex(
    (entry) => entry.stopped === undefined && (entry.lost.length > 0 || entry.next < entry.runs),
  );
  const entry = board.staging[waiting];
  if (entry === undefined) {
    return board.staging.length < openStagings ? chooseSegment(board, 'large', 'open') : undefined;
  }
  const [lost, ...rest] = entry.lost;
  const run = lost ?? entry.next;
  const next: Staging = lost === undefined ? { ...entry, next: entry.next + 1 } : { ...entry, lost: rest };
  return {
    board: { ...board, staging: board.staging.with(waiting, next) },
    unit: { kind: 'stage', ...entry.object, run },
    again: lost !== undefined,
    since: entry.since,
  };
}

/** Identity of a large object. Pure. */
export function sameObject(left: LargeRef, right: LargeRef): boolean {
  return left.group === right.group && left.index === right.index && left.large === right.large;
}

function isHeld(board: Board, object: LargeRef): boolean {
  return heldUnits(board).some(
    (unit) => (unit.kind === 'stage' || unit.kind === 'commit') && sameObject(unit, object),
  );
}

function chooseCommit(board: Board): Choice | undefined {
  const entry = board.staging.find(
    (candidate) =>
      (candidate.done >= candidate.runs || candidate.stopped !== undefined) &&
      !isHeld(board, candidate.object),
  );
  if (entry === undefined) return undefined;
  return { board, unit: { kind: 'commit', ...entry.object }, again: true, since: entry.since };
}
