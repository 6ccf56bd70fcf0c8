import type { JobStatus } from '../../job/status.js';
import { isTerminal, statusTransitions } from '../../job/status.js';
import type { Board, Desired } from '../../record/board.js';

export type JobAction = 'pause' | 'resume' | 'cancel' | 'approve';

/** What an action does to a board. */
export type JobChange =
  /** It is in effect, or on its way. */
  | { readonly kind: 'none' }
  | { readonly kind: 'change'; readonly board: Board }
  | { readonly kind: 'refused'; readonly detail: string; readonly advice: string }
  /** The plan is not the one that was approved. */
  | { readonly kind: 'other-plan'; readonly planHash: string };

const none: JobChange = { kind: 'none' };

/** Applies an action to a board. Pure; doing it twice is doing it once. `planHash` belongs to `approve`. */
export function changeJob(board: Board, action: JobAction, planHash = ''): JobChange {
  switch (action) {
    case 'pause':
      return pause(board);
    case 'resume':
      return resume(board);
    case 'cancel':
      return cancel(board);
    case 'approve':
      return approve(board, planHash);
  }
}

function pause(board: Board): JobChange {
  if (board.status === 'Paused') return none;
  if (board.desired === 'cancel' && !isTerminal(board.status)) {
    return refused('the job is being cancelled', 'Wait until it is Cancelled.');
  }
  if (board.status === 'Running') {
    return board.desired === 'pause' ? none : changed({ ...board, desired: 'pause' });
  }
  // The next number fences a run that may just be starting; nobody starts it before a resume.
  if (board.status === 'Queued') return changed(move({ ...board, run: board.run + 1 }, 'Paused', 'run'));
  return refusedBy(board, 'Only a queued or running job can be paused.');
}

function resume(board: Board): JobChange {
  if (board.desired === 'cancel' && !isTerminal(board.status)) {
    return refused('the job is being cancelled', 'Wait until it is Cancelled, then start a new job.');
  }
  if (board.status === 'Paused') return changed(nextRun(board, 'run'));
  if (board.status === 'Running' && board.desired === 'pause') {
    return refused('the pause is not in effect yet', 'Wait until the job is Paused, then resume it.');
  }
  if (board.status === 'Running' || board.status === 'Queued') return none;
  return refusedBy(board, 'Only a paused job can be resumed; a job that waits for approval is approved.');
}

function cancel(board: Board): JobChange {
  if (board.status === 'Cancelled') return none;
  if (isTerminal(board.status)) return refusedBy(board, 'A job that has ended cannot be cancelled.');
  if (board.desired === 'cancel') return none;
  if (board.status === 'Running') return changed({ ...board, desired: 'cancel' });
  return changed(nextRun(board, 'cancel'));
}

function approve(board: Board, planHash: string): JobChange {
  if (board.approved === planHash && !isTerminal(board.status) && board.status !== 'AwaitingApproval') {
    return none;
  }
  if (board.status !== 'AwaitingApproval' || board.planHash === undefined) {
    return refusedBy(board, 'Only a job that waits for approval can be approved.');
  }
  if (board.planHash !== planHash) return { kind: 'other-plan', planHash: board.planHash };
  return changed(nextRun({ ...board, approved: planHash }, 'run'));
}

/** A new run, to be started: also to close a job that no run works for. Why the job stood still is over. */
function nextRun(board: Board, desired: Desired): Board {
  const { reason: _reason, ...rest } = board;
  const next = { ...rest, run: board.run + 1 };
  return board.status === 'Queued' ? { ...next, desired } : move(next, 'Queued', desired);
}

function move(board: Board, status: JobStatus, desired: Desired): Board {
  if (!statusTransitions[board.status].includes(status)) {
    throw new Error(`a job cannot go from ${board.status} to ${status}`);
  }
  return { ...board, status, desired };
}

function changed(board: Board): JobChange {
  return { kind: 'change', board };
}

function refusedBy(board: Board, advice: string): JobChange {
  return refused(`the job is ${board.status}`, advice);
}

function refused(detail: string, advice: string): JobChange {
  return { kind: 'refused', detail, advice };
}
