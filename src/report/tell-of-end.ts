import type { Board } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { postEvent } from '../record/outbox.js';
import type { StateStore } from '../storage/state-store.js';
import { completionEvent } from './completion-event.js';

/**
 * Puts the event about an ended job into the outbox; nothing while it has not ended. To be called before the job's mark
 * among the active ones goes: whoever finds an ended job still marked calls it again. `now`: ISO 8601.
 */
export async function tellOfEnd(
  state: StateStore,
  record: JobRecord,
  board: Board,
  now: string,
): Promise<void> {
  const event = completionEvent(record, board);
  if (event !== undefined) await postEvent(state, record.id, event, now);
}
