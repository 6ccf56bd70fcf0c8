import { settledCount } from '../job/outcome.js';
import { isTerminal } from '../job/status.js';
import { releaseDestination } from '../record/active.js';
import { BoardFile } from '../record/board-file.js';
import { type RunEnd, endRun, isCopied, statusAfter } from '../record/board-run.js';
import type { Board } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { readJob } from '../record/jobs.js';
import { type Reconciled, reconcile } from '../report/reconcile.js';
import { isoTime } from '../runtime/clock.js';
import type { CloseInput, CloseResult } from './contracts.js';
import type { ActivityServices } from './services.js';

/**
 * Ends a run. When the job is over, its totals are summed again from the outcome blobs: they must agree with the board,
 * and every planned object must have an outcome, else the job is `Failed` as incomplete. Repeating it changes nothing.
 */
export function createClose(services: ActivityServices): (input: CloseInput) => Promise<CloseResult> {
  return async ({ job, run, end }) => {
    const state = services.openState(() => undefined);
    const file = new BoardFile(state, job, services.clock);
    const [record, seen] = await Promise.all([readJob(state, job), file.read()]);
    if (record === undefined || seen?.board.run !== run) return { status: seen?.board.status ?? 'Failed' };
    if (end !== 'superseded' && seen.board.status === 'Running') {
      const waits = end === 'paused' || end === 'awaiting-approval';
      const sums = waits ? undefined : await reconcile(state, job);
      await file.update((board) => {
        const now = isoTime(services.clock);
        const runEnd =
          sums === undefined
            ? { status: statusAfter(end, board.totals, true), now }
            : judge(record, board, end, sums, now);
        const ended = endRun(board, run, runEnd);
        return ended === board ? { result: undefined } : { board: ended, result: undefined };
      });
    }
    const after = (await file.read())?.board.status ?? 'Failed';
    if (isTerminal(after)) await releaseDestination(state, job);
    services.log('run-closed', { job, run, status: after });
    return { status: after };
  };
}

function judge(
  record: JobRecord,
  board: Board,
  end: CloseInput['end'],
  sums: Reconciled,
  now: string,
): RunEnd {
  const { planned, counts, bytesCopied, planHash } = sums;
  const totals = {
    ...counts,
    planned,
    bytesCopied,
    notAttempted: planned - settledCount({ ...counts, planned, notAttempted: 0 }),
  };
  const ran = end === 'done';
  const complete =
    agrees(board, sums) && (record.spec.dryRun || !ran || settledOrSkipped(record, board, sums));
  const status =
    record.spec.dryRun && ran && complete
      ? 'Completed'
      : statusAfter(end, { ...board.totals, ...totals }, complete);
  const reason = reasonOf(board, end, complete);
  return { status, now, totals, planHash, ...(reason === undefined ? {} : { reason }) };
}

/** Both records of the same work: the running totals and the sums of the blobs. */
function agrees(board: Board, { planned, counts }: Reconciled): boolean {
  const { totals } = board;
  return (
    totals.planned === planned &&
    totals.copied <= counts.copied &&
    totals.failed <= counts.failed &&
    totals.skipped <= counts.skipped &&
    totals.deleted <= counts.deleted
  );
}

/** Everything that was to be copied has its outcome; only deletes that never opened may be without. */
function settledOrSkipped({ spec }: JobRecord, board: Board, sums: Reconciled): boolean {
  const notOpened = spec.mirror === undefined ? 0 : board.totals.deletesPlanned;
  const left = sums.planned - settledCount({ ...sums.counts, planned: sums.planned, notAttempted: 0 });
  return isCopied(board) && (left === 0 || left === notOpened);
}

function reasonOf(board: Board, end: CloseInput['end'], complete: boolean): Board['reason'] {
  if (end === 'failed') return board.stopped ?? { code: 'unexpected', text: 'the run failed' };
  if (end === 'cancelled') return { code: 'cancelled', text: 'the job was cancelled' };
  if (!complete)
    return { code: 'incomplete', text: 'not every planned object has an outcome, or the sums disagree' };
  return board.reason;
}
