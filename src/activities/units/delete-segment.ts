import { deleteObject } from '../../copy/delete-object.js';
import type { Holder } from '../../record/board-finish.js';
import type { Holding } from '../../record/board.js';
import type { SegmentRef } from '../../record/refs.js';
import type { SliceScope } from '../slice-scope.js';
import { settleOperations } from './settle-operations.js';
import type { UnitEnd } from './unit-end.js';

/** Deletes the extras of a segment. Runs only in the delete phase, which the guard opens. */
export async function deleteSegment(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  ref: SegmentRef,
): Promise<UnitEnd> {
  const draft = await scope.segment(ref);
  return settleOperations(scope, holder, holding, {
    ref: { group: ref.group, index: ref.index, part: 'delete' },
    operations: draft.deletes,
    settle: (operation) => deleteObject(operation, scope.copyContext(operation.pair, holding)),
  });
}
