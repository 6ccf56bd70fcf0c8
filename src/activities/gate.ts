import { judgeDeletes } from '../plan/delete-guard.js';
import { BoardFile } from '../record/board-file.js';
import { isCopied, isListed } from '../record/board-run.js';
import { firstSlices } from '../record/board-lanes.js';
import { endOf } from '../record/board-take.js';
import type { Board } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { readJob } from '../record/jobs.js';
import { reconcile } from '../report/reconcile.js';
import type { StateStore } from '../storage/state-store.js';
import type { GateInput, GateResult } from './contracts.js';
import { RequestTally } from './request-tally.js';
import type { ActivityServices } from './services.js';

interface Verdict {
  readonly gate: GateResult;
  readonly reason?: { readonly code: string; readonly text: string };
}

/**
 * Opens a phase, skips it, or ends the run before it. Deletes open only when everything is listed, nothing failed and
 * the guard agrees or somebody approved exactly this plan.
 */
export function createGate(services: ActivityServices): (input: GateInput) => Promise<GateResult> {
  return async (input) => {
    const { job, run, phase } = input;
    const state = services.openState(new RequestTally(input, 'gate').state);
    const file = new BoardFile(state, job, services.clock);
    const [record, seen] = await Promise.all([readJob(state, job), file.read()]);
    if (record === undefined || seen === undefined) return { go: 'no', end: 'superseded' };
    const end = endOf(seen.board, run);
    if (end !== undefined) return { go: 'no', end };
    const judge = { plan: () => open(), copy: judgeCopy, delete: judgeDelete }[phase];
    const planHash = await hashIfNeeded(state, record, seen.board, phase);
    const verdict = judge(record, seen.board, planHash);
    const { result } = await file.update<GateResult>((board) => {
      const stop = endOf(board, run);
      if (stop !== undefined) return { result: { go: 'no', end: stop } };
      const next: Board = {
        ...board,
        ...(verdict.gate.go === 'yes' ? { phase } : {}),
        ...(planHash === undefined ? {} : { planHash }),
        ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      };
      return { board: next, result: withFirst(verdict.gate, board, phase) };
    });
    return result;
  };
}

/** A plan alone is made by lanes that end when they find nothing to list. */
function withFirst(gate: GateResult, board: Board, phase: GateInput['phase']): GateResult {
  return gate.go === 'yes' && phase !== 'plan' ? { ...gate, first: firstSlices(board, phase) } : gate;
}

function open(): Verdict {
  return { gate: { go: 'yes' } };
}

/** The hash of a finished plan; asked for only where somebody may have to approve it. */
async function hashIfNeeded(
  state: StateStore,
  { id, spec }: JobRecord,
  board: Board,
  phase: GateInput['phase'],
): Promise<string | undefined> {
  const mayAsk =
    (phase === 'copy' && spec.approve) || (phase === 'delete' && board.totals.deletesPlanned > 0);
  return mayAsk && isListed(board) ? (await reconcile(state, id)).planHash : undefined;
}

function judgeCopy({ spec }: JobRecord, board: Board, planHash: string | undefined): Verdict {
  if (!spec.approve || (planHash !== undefined && board.approved === planHash)) return open();
  // There is no plan to approve yet: the run ends with work left, and the next one goes on listing.
  if (planHash === undefined) return { gate: { go: 'no', end: 'unfinished' } };
  const reason = { code: 'approval-asked', text: 'the plan is ready and waits for approval' };
  return { gate: { go: 'no', end: 'awaiting-approval' }, reason };
}

function judgeDelete({ spec }: JobRecord, board: Board, planHash: string | undefined): Verdict {
  const { totals } = board;
  if (spec.mirror === undefined || totals.deletesPlanned === 0) return { gate: { go: 'skip' } };
  // Somebody may still hold the last of it: the next run opens the deletes, or finds what has failed.
  if (!isListed(board) || !isCopied(board)) return { gate: { go: 'no', end: 'unfinished' } };
  if (totals.failed > 0) {
    const text = 'nothing was deleted, because not every object could be copied';
    return { gate: { go: 'skip' }, reason: { code: 'delete-not-opened', text } };
  }
  const verdict = judgeDeletes({
    deletes: totals.deletesPlanned,
    sourceListed: totals.listed,
    destinationListed: totals.destinationListed,
    guard: spec.mirror,
    isPrune: spec.backup?.kind === 'prune',
  });
  if (verdict.ok || (planHash !== undefined && board.approved === planHash)) return open();
  return {
    gate: { go: 'no', end: 'awaiting-approval' },
    reason: { code: `delete-guard-${verdict.reason}`, text: verdict.text },
  };
}
