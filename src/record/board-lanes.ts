import type { WorkPhase } from '../job/status.js';
import { isListed } from './board-run.js';
import { type Board, heldUnits } from './board.js';
import { sizeOf } from './intervals.js';

/** How many lanes a board keeps busy, and how many of them find something at once. */
export interface LaneNeed {
  readonly lanes: number;
  readonly awake: number;
  /** Units that nobody holds. */
  readonly ready: number;
}

/** Segments and block runs that a lane could take right now. Pure. */
export function readyCount(board: Board, phase: WorkPhase = 'copy'): number {
  if (phase === 'delete') {
    return board.groups.reduce((sum, group) => sum + sizeOf(group.remove), 0) + board.requeued.length;
  }
  const segments = board.groups.reduce((sum, group) => sum + sizeOf(group.copy) + sizeOf(group.large), 0);
  const runs = board.staging.reduce((sum, entry) => sum + entry.lost.length + (entry.runs - entry.next), 0);
  return segments + runs + board.requeued.length;
}

/** True when a scanner should make room for copying: enough is ready for twice the lanes. Pure. */
export function scanIsAhead(board: Board): boolean {
  return readyCount(board) >= 2 * board.lanes;
}

function unlistedCount(board: Board): number {
  return board.groups.filter((group) => !group.listed).length;
}

/** Lanes that find something at once: as many as can scan while nothing is ready, else all. Pure. */
export function awakeLanes(board: Board): number {
  const unlisted = unlistedCount(board);
  if (unlisted === 0 || readyCount(board) > 0) return board.lanes;
  return Math.min(board.lanes, unlisted);
}

/** Slices that begin a phase before there are lanes: as many as can list at once, else one. Pure. */
export function firstSlices(board: Board, phase: WorkPhase): number {
  const scans = phase === 'delete' ? 0 : unlistedCount(board);
  return Math.max(1, Math.min(board.lanes, scans));
}

/**
 * The lanes of a phase by what its first slices have found: exact once everything is listed and every large object is
 * open, else all that the job may have. A lane that still holds a unit is among them. Pure.
 */
export function laneNeed(board: Board, phase: WorkPhase): LaneNeed {
  const held = Object.keys(board.holdings).map(Number);
  const scanning = heldUnits(board).filter(({ kind }) => kind === 'scan').length;
  const scans = phase === 'delete' ? 0 : Math.max(0, unlistedCount(board) - scanning);
  const ready = readyCount(board, phase);
  const busy = Math.max(1, ...held.map((lane) => lane + 1), ready + held.length + scans);
  const grows =
    phase !== 'delete' && (!isListed(board) || board.groups.some(({ large }) => sizeOf(large) > 0));
  const awake = Math.min(board.lanes, busy);
  return { lanes: grows ? board.lanes : awake, awake, ready };
}
