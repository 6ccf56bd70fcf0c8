import type { Instance } from './instance.js';
import { isFinished } from './instance.js';
import { HistoryEventType } from './protocol.js';

/** What an instance's next episode is made of: `seq` numbers of inbox messages, in order. */
export interface Batch {
  readonly kind: 'run' | 'suspend' | 'resume' | 'terminate';
  readonly took: readonly number[];
}

/**
 * Chooses the next episode: everything in the inbox up to the next suspension. While suspended, messages wait and only resume
 * and terminate get through. Undefined when there is nothing to do.
 */
export function nextBatch(instance: Instance): Batch | undefined {
  const { inbox, fields } = instance;
  if (inbox.length === 0 || isFinished(fields.status)) {
    return undefined;
  }
  const seqs = inbox.map((message) => message.seq);
  const firstOf = (eventType: number): number =>
    inbox.findIndex((message) => message.row.EventType === eventType);
  const terminateAt = firstOf(HistoryEventType.ExecutionTerminated);
  if (terminateAt >= 0) {
    return { kind: 'terminate', took: seqs.slice(0, terminateAt + 1) };
  }
  const resumeAt = firstOf(HistoryEventType.ExecutionResumed);
  const suspendAt = firstOf(HistoryEventType.ExecutionSuspended);
  if (fields.status === 'Suspended') {
    return resumeAt < 0 ? undefined : { kind: 'resume', took: seqs.slice(resumeAt, resumeAt + 1) };
  }
  if (suspendAt === 0) {
    return { kind: 'suspend', took: seqs.slice(0, 1) };
  }
  return { kind: 'run', took: suspendAt < 0 ? seqs : seqs.slice(0, suspendAt) };
}
