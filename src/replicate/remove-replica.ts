import { deleteObject } from '../copy/delete-object.js';
import type { Operation } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import { isMarked } from './destination-marker.js';
import type { ReplicaResult } from './replica-result.js';
import { copyContextOf, lookAtDestination, specOf } from './replica-task.js';
import type { ReplicaTask } from './replica-task.js';

/** Times that an object at the target may change while it is being deleted. */
const mostRounds = 3;

/**
 * Deletes an object at a target whose source is gone: the very version that was seen, after one look at the source, so
 * that a late event deletes nothing that has come back. What the rule did not write stays where the destination is kept.
 * Safe to run twice. Throws `CopyError`.
 */
export async function removeReplica(task: ReplicaTask): Promise<ReplicaResult | 'source-is-there'> {
  for (let round = 1; round <= mostRounds; round += 1) {
    const present = await lookAtDestination(task);
    if (present === undefined) return { outcome: 'skipped', reason: 'vanished' };
    const { conflict } = task.change.rule.rule;
    if (conflict !== 'sourceWins' && !isMarked(present)) {
      return { outcome: conflict === 'report' ? 'conflict' : 'kept', reason: 'destination-changed' };
    }
    const outcome = await deleteObject(deletionOf(task, present), copyContextOf(task, specOf(task)));
    if (outcome.reason === 'no-longer-extra') return 'source-is-there';
    if (outcome.outcome === 'deleted') return { outcome: 'deleted', reason: 'extra' };
    if (outcome.outcome === 'skipped') return { outcome: 'skipped', reason: 'vanished' };
    if (outcome.outcome === 'failed') {
      const { reason, message } = outcome;
      return { outcome: 'failed', reason, ...(message === undefined ? {} : { message }) };
    }
  }
  return { outcome: 'failed', reason: 'destination-changed', message: 'the object keeps changing' };
}

function deletionOf({ change }: ReplicaTask, present: ListedObject): Operation {
  return {
    action: 'delete',
    pair: 0,
    key: change.key,
    reason: 'extra',
    sizeBytes: present.sizeBytes,
    etag: present.etag,
    lastModified: present.lastModified,
  };
}
