import type { Schedule } from '../job/schedule.js';

/** What became of the occasion that was decided last. `pending`: nobody has started it yet. */
export type CurrentStart = 'none' | 'pending' | 'running' | 'ended';

/** Times that want to start, and what to do about them. */
export interface StartDecision {
  /** The time that starts now. */
  readonly start?: string;
  /** Times that wait for the job before them. */
  readonly queue: readonly string[];
  /** How many times are given up. */
  readonly skipped: number;
  /** The job before is to be cancelled. */
  readonly cancel: boolean;
}

/** Most times that wait; beyond it the oldest are given up. */
export const mostQueued = 1000;

/**
 * Applies the rule for overlapping jobs to times in order: `skip` gives up what comes while a job has not ended, `queue`
 * lets one start after the other, `cancelPrevious` keeps the newest alone and cancels what is before it. Pure.
 */
export function decideStart(
  overlap: Schedule['overlap'],
  current: CurrentStart,
  queued: readonly string[],
  due: readonly string[],
): StartDecision {
  const wanting = [...queued, ...due];
  const busy = current === 'running' || current === 'pending';
  const [first] = wanting;
  if (first === undefined) return { queue: [], skipped: 0, cancel: false };
  if (overlap === 'queue') {
    const waiting = busy ? wanting : wanting.slice(1);
    const queue = waiting.slice(-mostQueued);
    const skipped = waiting.length - queue.length;
    return { ...(busy ? {} : { start: first }), queue, skipped, cancel: false };
  }
  const others = wanting.length - 1;
  if (overlap === 'skip') {
    return busy
      ? { queue: [], skipped: wanting.length, cancel: false }
      : { start: first, queue: [], skipped: others, cancel: false };
  }
  const last = wanting.at(-1) ?? first;
  return busy
    ? { queue: [last], skipped: others, cancel: true }
    : { start: last, queue: [], skipped: others, cancel: false };
}
