import { describe, expect, it } from 'vitest';
import type { JobAction } from '../../../../src/functions/http/job-change.js';
import { changeJob } from '../../../../src/functions/http/job-change.js';
import type { JobStatus } from '../../../../src/job/status.js';
import { jobStatuses } from '../../../../src/job/status.js';
import type { Board, Desired } from '../../../../src/record/board.js';
import { newBoard } from '../../../../src/record/board.js';

const hash = 'a'.repeat(64);

function board(status: JobStatus, change: Partial<Board> = {}): Board {
  return { ...newBoard('j1234567'), status, run: 3, planHash: hash, ...change };
}

type After = readonly [status: JobStatus, desired: Desired, run: number];

/** What each action makes of each status: a change, nothing, or a refusal. */
const table: Readonly<
  Record<Exclude<JobAction, 'approve'>, Readonly<Record<JobStatus, After | 'none' | 'refused'>>>
> = {
  pause: {
    Queued: ['Paused', 'run', 4],
    Running: ['Running', 'pause', 3],
    Paused: 'none',
    AwaitingApproval: 'refused',
    Completed: 'refused',
    CompletedWithErrors: 'refused',
    Failed: 'refused',
    Cancelled: 'refused',
  },
  resume: {
    Queued: 'none',
    Running: 'none',
    Paused: ['Queued', 'run', 4],
    AwaitingApproval: 'refused',
    Completed: 'refused',
    CompletedWithErrors: 'refused',
    Failed: 'refused',
    Cancelled: 'refused',
  },
  cancel: {
    Queued: ['Queued', 'cancel', 4],
    Running: ['Running', 'cancel', 3],
    Paused: ['Queued', 'cancel', 4],
    AwaitingApproval: ['Queued', 'cancel', 4],
    Completed: 'refused',
    CompletedWithErrors: 'refused',
    Failed: 'refused',
    Cancelled: 'none',
  },
};

describe('changeJob', () => {
  const cases = (['pause', 'resume', 'cancel'] as const).flatMap((action) =>
    jobStatuses.map((status) => [action, status, table[action][status]] as const),
  );
  it.each(cases)('does %s to a job that is %s as the table says', (action, status, expected) => {
    const change = changeJob(board(status), action);
    if (typeof expected === 'string') {
      expect(change.kind).toBe(expected);
      return;
    }
    const after = change.kind === 'change' ? change.board : undefined;
    expect([after?.status, after?.desired, after?.run]).toEqual(expected);
  });

  it.each(['pause', 'resume', 'cancel'] as const)('does %s twice as once', (action) => {
    for (const status of jobStatuses) {
      const once = changeJob(board(status), action);
      if (once.kind !== 'change') continue;
      expect(changeJob(once.board, action)).toEqual({ kind: 'none' });
    }
  });

  it('refuses everything but cancel once a job is being cancelled', () => {
    const cancelling = board('Running', { desired: 'cancel' });
    expect(changeJob(cancelling, 'pause').kind).toBe('refused');
    expect(changeJob(cancelling, 'resume').kind).toBe('refused');
    expect(changeJob(cancelling, 'cancel').kind).toBe('none');
  });

  it('lets a pause that is under way come to its end before a resume', () => {
    expect(changeJob(board('Running', { desired: 'pause' }), 'resume').kind).toBe('refused');
  });

  it('turns a pause that is under way into a cancel', () => {
    expect(changeJob(board('Running', { desired: 'pause' }), 'cancel')).toMatchObject({
      kind: 'change',
      board: { desired: 'cancel', run: 3 },
    });
  });

  it('approves exactly the plan that waits', () => {
    const waiting = board('AwaitingApproval', { reason: { code: 'approval-asked', text: 'it waits' } });
    const approved = changeJob(waiting, 'approve', hash);
    expect(approved).toMatchObject({
      kind: 'change',
      board: { status: 'Queued', run: 4, approved: hash, desired: 'run' },
    });
    expect(approved.kind === 'change' && approved.board.reason).toBeUndefined();
    expect(changeJob(waiting, 'approve', 'b'.repeat(64))).toEqual({ kind: 'other-plan', planHash: hash });
  });

  it('takes a repeated approval, and none for what does not wait', () => {
    expect(changeJob(board('Running', { approved: hash }), 'approve', hash).kind).toBe('none');
    expect(changeJob(board('Running'), 'approve', hash).kind).toBe('refused');
    expect(changeJob(board('Completed', { approved: hash }), 'approve', hash).kind).toBe('refused');
  });
});
