import { isTerminal } from '../../src/job/status.js';
import type { Board } from '../../src/record/board.js';
import type { MemoryAccount } from './memory-store.js';
import type { MemoryStateStore } from './memory-state-store.js';

/**
 * Moments in the life of a snapshot at which a kill hurts most: it is there and nobody knows; it is known and nothing was
 * read; its job has ended and it is still there; it is gone and nobody knows.
 */
export const snapshotMoments = ['created', 'recorded', 'deleting', 'deleted'] as const;
export type SnapshotMoment = (typeof snapshotMoments)[number];

export interface SnapshotPlan {
  readonly source: MemoryAccount;
  readonly state: MemoryStateStore;
  /** When all workers are killed, each once. */
  readonly moments: readonly SnapshotMoment[];
  readonly kill: () => void;
  readonly board: (job: string) => Board;
}

/** Kills at the moments planned. The returned list grows by what no snapshot may ever go through. */
export function watchSnapshots({ source, state, moments, kill, board }: SnapshotPlan): readonly string[] {
  const broken: string[] = [];
  const left = new Set(moments);
  const reach = (moment: SnapshotMoment): void => {
    if (left.delete(moment)) kill();
  };
  const isOver = (job: string): boolean => isTerminal(board(job).status);
  source.snapshots.onEvent = (event, { job }) => {
    if (event === 'created') reach('created');
    if (event === 'listed' && isOver(job)) reach('deleting');
    if (event === 'deleted') {
      const isLast = !source.snapshots.all.some((other) => other.job === job);
      if (isLast && !isOver(job)) broken.push(`a job that is ${board(job).status} lost its snapshot`);
      reach('deleted');
    }
  };
  const put = state.put.bind(state);
  state.put = async (name, body, options) => {
    const etag = await put(name, body, options);
    if (name.endsWith('/pairs.json.gz') && source.snapshots.all.length > 0) reach('recorded');
    return etag;
  };
  return broken;
}
