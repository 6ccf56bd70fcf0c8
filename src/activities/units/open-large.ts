import { isCopyError } from '../../job/copy-error.js';
import { type Holder, openStaging } from '../../record/board-finish.js';
import type { LargeRef } from '../../record/board.js';
import type { SliceScope } from '../slice-scope.js';
import { cutLarge } from './large-object.js';
import type { UnitEnd } from './unit-end.js';

/** Makes the blocks of a segment's large objects work for every lane. No request at source or destination. */
export async function openLarge(scope: SliceScope, holder: Holder, object: LargeRef): Promise<UnitEnd> {
  const draft = await scope.segment(object);
  const runs = draft.large.map((operation) => {
    try {
      return cutLarge(scope, operation).runs.runs;
    } catch (error) {
      if (!isCopyError(error)) throw error;
      return 0; // cannot be cut: its commit comes next and reports why
    }
  });
  return { finish: (board) => openStaging(board, holder, runs, scope.now) };
}
