import { settledCount } from '../job/outcome.js';
import { isTerminal } from '../job/status.js';
import { BoardFile } from '../record/board-file.js';
import {
  type RunEnd,
  continueRun,
  endRun,
  hasWorkLeft,
  isCopied,
  isListed,
  statusAfter,
} from '../record/board-run.js';
import { type Board, unitsInHand } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { readJob } from '../record/jobs.js';
import { sealRecord } from '../record/seal.js';
import { type Reconciliation, reconcile } from '../report/reconcile.js';
import { tellOfEnd } from '../report/tell-of-end.js';
import { isoTime } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';
import type { CloseInput, CloseResult, EndReason } from './contracts.js';
import { releaseJob } from './release-job.js';
import { RequestTally } from './request-tally.js';
import type { ActivityServices } from './services.js';
import { wantsSnapshots } from './source-snapshots.js';

/**
 * Ends a run. When the job is over, its totals are summed again from the outcome blobs: they must agree with the board,
 * and every planned object must have an outcome, else the job is `Failed` as incomplete. A run that left work is
 * followed by the next, which a timer starts. Repeating it changes nothing.
 */
export function createClose(services: ActivityServices): (input: CloseInput) => Promise<CloseResult> {
  return async (input) => {
    const { job, run } = input;
    const state = services.openState(new RequestTally(input, 'close').state);
    const file = new BoardFile(state, job, services.clock);
    const [record, seen] = await Promise.all([readJob(state, job), file.read()]);
    if (record === undefined || seen === undefined) return { status: 'Failed' };
    let { board } = seen;
    while (input.end !== 'superseded' && board.run === run && board.status === 'Running') {
      const end = endAs(input.end, record, board);
      const over = end !== 'paused' && end !== 'awaiting-approval' && end !== 'unfinished';
      if (over && end !== 'done') await sealRecord(state, board);
      const sums = over ? await reconcile(state, job) : undefined;
      ({ board } = await file.update((before) => {
        if (before.run !== run || endAs(input.end, record, before) !== end) return { result: undefined };
        if (end === 'unfinished') return { board: continueRun(before), result: undefined };
        return { board: endedBoard(record, before, { run, end, sums }, services), result: undefined };
      }));
    }
    if (isTerminal(board.status)) await leave(services, state, record, board);
    services.log('run-closed', { job, run, status: board.status });
    return { status: board.status };
  };
}

/** The event is there before the mark goes: whoever finds the mark still there sees to both. */
async function leave(
  services: ActivityServices,
  state: StateStore,
  record: JobRecord,
  board: Board,
): Promise<void> {
  if (services.tellsOfEnds === true) await tellOfEnd(state, record, board, isoTime(services.clock));
  await releaseJob(services, state, record);
}

/**
 * How a run ends as the board stands. One that ends to wait was not told of a cancel that came last, and nobody would be
 * left to see to it. One whose lanes have ended while there is work left is followed by the next.
 */
function endAs(end: EndReason, { spec }: JobRecord, board: Board): EndReason {
  if (end === 'done') return hasWorkLeft(board, spec.dryRun) ? 'unfinished' : end;
  const waits = end === 'paused' || end === 'awaiting-approval';
  return waits && board.desired === 'cancel' ? 'cancelled' : end;
}

interface Ending {
  readonly run: number;
  readonly end: CloseInput['end'];
  /** Absent when the job only waits. */
  readonly sums: Reconciliation | undefined;
}

function endedBoard(
  record: JobRecord,
  board: Board,
  { run, end, sums }: Ending,
  { clock }: ActivityServices,
): Board {
  const now = isoTime(clock);
  const runEnd =
    sums === undefined
      ? { status: statusAfter(end, board.totals, true), now, reason: board.reason }
      : judge(record, board, end, sums, now);
  const warned = sums !== undefined && end !== 'done' && hasUnreviewed(record, board);
  return endRun(warned ? { ...board, warnings: [...board.warnings, unreviewed] } : board, run, runEnd);
}

const unreviewed =
  'The job ended before it looked again at the files that it copied last: one that changed at the source meanwhile may be of two versions.';

/** Files without pins are looked at again when all of their segment is copied. */
function hasUnreviewed(record: JobRecord, board: Board): boolean {
  const { source, destination } = record.spec;
  const hasShare = [source.location.service, destination.service].includes('files');
  return hasShare && !wantsSnapshots(record) && unitsInHand(board).some(({ kind }) => kind === 'copy');
}

function judge(
  record: JobRecord,
  board: Board,
  end: CloseInput['end'],
  sums: Reconciliation,
  now: string,
): RunEnd {
  const { counts, bytesCopied, planHash } = sums;
  const complete = end !== 'done' || isComplete(record, board, sums);
  const planOnly = record.spec.dryRun && end === 'done' && complete;
  const totals = { ...counts, bytesCopied };
  const status = planOnly ? 'Completed' : statusAfter(end, { ...board.totals, ...totals }, complete);
  const reason = reasonOf(board, end, complete);
  return { status, now, totals, planHash, ...(reason === undefined ? {} : { reason }) };
}

/**
 * Conservation: both records of the work agree, everything was listed, and every operation has its outcome. Only a dry
 * run, and deletes that never opened, may leave operations without.
 */
function isComplete({ spec }: JobRecord, board: Board, sums: Reconciliation): boolean {
  const { totals } = board;
  const { counts, missing } = sums;
  const agree = (['planned', 'copied', 'skipped', 'deleted', 'failed', 'conflicts'] as const).every(
    (name) => totals[name] === counts[name],
  );
  if (!agree || !isListed(board) || settledCount(counts) !== counts.planned) return false;
  return spec.dryRun || (isCopied(board) && missing.copies === 0 && missing.large === 0);
}

function reasonOf(board: Board, end: CloseInput['end'], complete: boolean): Board['reason'] {
  if (end === 'failed') return board.stopped ?? { code: 'unexpected', text: 'the run failed' };
  if (end === 'cancelled') return { code: 'cancelled', text: 'the job was cancelled' };
  if (!complete)
    return { code: 'incomplete', text: 'not every planned object has an outcome, or the sums disagree' };
  return board.reason;
}
