import { isCopyError } from '../job/copy-error.js';
import { BoardFile } from '../record/board-file.js';
import { laneNeed } from '../record/board-lanes.js';
import { type Holder, leaveUnit } from '../record/board-finish.js';
import { type Taken, endOf, take } from '../record/board-take.js';
import type { Board, Holding } from '../record/board.js';
import type { SliceInput, SliceResult } from './contracts.js';
import { JobFactsCache } from './job-facts.js';
import { RequestTally } from './request-tally.js';
import type { ActivityServices } from './services.js';
import { SliceScope } from './slice-scope.js';
import { commitLarge } from './units/commit-large.js';
import { copySegment } from './units/copy-segment.js';
import { deleteSegment } from './units/delete-segment.js';
import { openLarge } from './units/open-large.js';
import { scanGroupUnit } from './units/scan-group.js';
import { stageRun } from './units/stage-run.js';
import type { UnitEnd } from './units/unit-end.js';

/**
 * The one working activity: takes units from the board until its time is up. Safe to run twice, late and in parallel:
 * outcomes are decided by conditional writes, totals count once, and a newer run fences this one. A slice that finds
 * nothing to take costs one request.
 */
export function createSlice(services: ActivityServices): (input: SliceInput) => Promise<SliceResult> {
  const cache = new JobFactsCache();
  return async (input) => {
    const startedAtMs = services.clock.now();
    const lane = `${input.phase}${String(input.lane)}.${startedAtMs.toString(36)}`;
    const tally = new RequestTally(input, lane);
    const state = services.openState(tally.state);
    const file = new BoardFile(state, input.job, services.clock);
    const board = (await file.read())?.board;
    const nothing =
      board === undefined ? ({ next: 'end', end: 'superseded' } as const) : nothingFor(board, input);
    if (board === undefined || nothing !== undefined) return nothing ?? { next: 'end', end: 'superseded' };
    const facts = await cache.read(state, input.job);
    const scope = new SliceScope({ input, services, startedAtMs, tally, state, file, board, facts });
    const done = new AbortController();
    const beating = scope.keepBeating(done.signal);
    try {
      return await workUntilTime(scope);
    } finally {
      done.abort();
      await beating;
    }
  };
}

/** The slice's answer when the board, just read, has nothing for this lane. */
function nothingFor(board: Board, input: SliceInput): SliceResult | undefined {
  const end = endOf(board, input.run);
  if (end !== undefined) return { next: 'end', end };
  const { taken } = take(board, { ...input, now: '' });
  return taken.kind === 'unit' ? undefined : answerTo(taken, board, input);
}

/** What a slice answers that takes nothing more; undefined: its time is up. */
function answerTo(
  taken: Exclude<Taken, { kind: 'unit' }> | undefined,
  board: Board,
  { phase, first }: SliceInput,
): SliceResult {
  if (taken?.kind === 'end') return { next: 'end', end: taken.end };
  if (taken?.kind === 'idle') return { next: 'idle' };
  return first === true ? { next: 'more', ...laneNeed(board, phase) } : { next: 'more' };
}

async function workUntilTime(scope: SliceScope): Promise<SliceResult> {
  let finish = (board: Board): Board => board;
  for (;;) {
    const taken = await finishAndTake(scope, finish);
    if (taken?.kind !== 'unit') return answerTo(taken, scope.board, scope.input);
    const holder = scope.hold(taken.holding);
    const end = await work(scope, holder, taken.holding);
    if (end === 'held') {
      // What this slice has sent is written down before it goes; the progress inside the unit stays for the eye.
      // Requests that were given up may still arrive.
      const leave = (board: Board): Board => (scope.signal.aborted ? board : leaveUnit(board, holder));
      await scope.change((board) => ({ board: leave(board), result: undefined }));
      return answerTo(undefined, scope.board, scope.input);
    }
    finish = end.finish;
  }
}

/** One write finishes a unit and takes the next; nothing is taken any more when the time is up. */
function finishAndTake(scope: SliceScope, finish: (board: Board) => Board): Promise<Taken | undefined> {
  return scope.change<Taken | undefined>((board) => {
    const finished = finish(board);
    const changed = finished === board ? {} : { board: finished };
    if (scope.shouldStop()) return { ...changed, result: undefined };
    const { board: next, taken } = take(finished, scope.taker);
    return taken.kind === 'unit' ? { board: next, result: taken } : { ...changed, result: taken };
  });
}

async function work(scope: SliceScope, holder: Holder, holding: Holding): Promise<UnitEnd> {
  try {
    if (holding.unit.kind !== 'scan') await scope.takeOver();
    return await doUnit(scope, holder, holding);
  } catch (error) {
    if (!isCopyError(error)) throw error;
    if (error.code === 'aborted' || error.retryable) return 'held';
    // What no retry can mend and no single object has caused ends the job, with true counts.
    await scope.stopJob(error.code, error.message);
    return 'held';
  }
}

function doUnit(scope: SliceScope, holder: Holder, holding: Holding): Promise<UnitEnd> {
  const { unit } = holding;
  switch (unit.kind) {
    case 'scan':
      return scanGroupUnit(scope, holder, unit.group);
    case 'copy':
      return copySegment(scope, holder, holding, unit);
    case 'delete':
      return deleteSegment(scope, holder, holding, unit);
    case 'open':
      return openLarge(scope, holder, holding, unit);
    case 'stage':
      return stageRun(scope, holder, holding, unit);
    case 'commit':
      return commitLarge(scope, holder, holding, unit);
  }
}
