import { isTerminal } from '../job/status.js';
import { listActive } from '../record/active.js';
import { BoardFile } from '../record/board-file.js';
import type { Board } from '../record/board.js';
import { readJob } from '../record/jobs.js';
import { tellOfEnd } from '../report/tell-of-end.js';
import { type Clock, isoTime } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';

/** `unknown`: never started, or its task hub is gone. */
export type RunState = 'unknown' | 'alive' | 'ended';

export interface Supervision {
  /** Somebody is to be told of jobs that have ended; absent: nobody. */
  readonly tellsOfEnds?: boolean;
  /** A run without a beat for this long, and without a living instance, is dead. A living one never is. */
  readonly deadAfterMs: number;
  readonly state: StateStore;
  readonly clock: Clock;
  startRun(job: string, run: number): Promise<void>;
  /** Gives free what a job that is over still holds, its mark last. */
  release(job: string): Promise<void>;
  /** What is known of a run's instance. */
  lookAt(job: string, run: number): Promise<RunState>;
  readonly log: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/**
 * Looks after every job that has not ended: starts runs that were recorded and never started, gives a successor to a
 * run that died, also before it could begin, and has what jobs still hold that are over given free. Safe to run at any time, also twice at once. One job that
 * cannot be looked after does not keep the others from it.
 */
export async function superviseJobs(supervision: Supervision): Promise<void> {
  for await (const { job } of listActive(supervision.state)) {
    try {
      await superviseJob(supervision, job);
    } catch (error) {
      supervision.log('supervise-failed', { job, error: String(error) });
    }
  }
}

async function superviseJob(supervision: Supervision, job: string): Promise<void> {
  const { state, clock } = supervision;
  const file = new BoardFile(state, job, clock);
  const board = (await file.read())?.board;
  if (board === undefined) return; // its start is under way
  if (isTerminal(board.status)) {
    await finish(supervision, job, board);
    return;
  }
  const queued = board.status === 'Queued';
  if (!queued && !isOverdue(board, clock.now() - supervision.deadAfterMs)) return; // somebody works on it, or it waits for people
  const found = await supervision.lookAt(job, board.run);
  if (queued && found === 'unknown') await supervision.startRun(job, board.run);
  if (found === 'alive' || (queued && found === 'unknown')) return;
  // The id of a run that has ended is never started again, so the next number takes its place.
  const { result: run } = await file.update((now) => {
    const same = now.run === board.run && now.status === board.status;
    if (!same) return { result: undefined };
    return { board: { ...now, run: now.run + 1, status: 'Queued' as const }, result: now.run + 1 };
  });
  if (run === undefined) return;
  supervision.log('run-replaced', { job, run });
  await supervision.startRun(job, run);
}

/** Whoever closed the job died before its mark was gone. */
async function finish(supervision: Supervision, job: string, board: Board): Promise<void> {
  const { state, clock, tellsOfEnds } = supervision;
  const record = tellsOfEnds === true ? await readJob(state, job) : undefined;
  if (record !== undefined) await tellOfEnd(state, record, board, isoTime(clock));
  await supervision.release(job);
}

function isOverdue(board: Board, beforeMs: number): boolean {
  return board.status === 'Running' && Date.parse(board.beatAt ?? '1970-01-01') < beforeMs;
}
