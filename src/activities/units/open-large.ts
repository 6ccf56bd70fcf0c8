import { beginFile } from '../../copy/large-file.js';
import { isCopyError } from '../../job/copy-error.js';
import { type Holder, openStaging } from '../../record/board-finish.js';
import type { Holding, LargeRef } from '../../record/board.js';
import type { SliceScope } from '../slice-scope.js';
import { cutLarge, isFile } from './large-object.js';
import type { UnitEnd } from './unit-end.js';

/**
 * Makes the blocks of a segment's large objects work for every lane. No request at source or destination, but for files:
 * they are created here, with their length.
 */
export async function openLarge(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  object: LargeRef,
): Promise<UnitEnd> {
  const draft = await scope.segment(object);
  const runs = await Promise.all(
    draft.large.map(async (operation) => {
      try {
        if (isFile(scope, operation)) {
          await beginFile(operation, scope.copyContext(operation.pair, holding));
        }
        return cutLarge(scope, operation).runs.runs;
      } catch (error) {
        if (!isCopyError(error) || error.code === 'aborted') throw error;
        return 0; // cannot be begun or cut: its commit comes next and reports why
      }
    }),
  );
  return { finish: (board) => openStaging(board, holder, runs, scope.now) };
}
