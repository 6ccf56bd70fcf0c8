import type { CopyContext } from '../../copy/context.js';
import { deleteObject } from '../../copy/delete-object.js';
import { emptyListing } from '../../plan/manifest-listing.js';
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
    settle: (operation) => deleteObject(operation, contextOf(scope, operation.pair, holding)),
  });
}

/** Nothing is looked for elsewhere when a whole folder goes. */
function contextOf(scope: SliceScope, pair: number, holding: Holding): CopyContext {
  const context = scope.copyContext(pair, holding);
  return scope.spec.backup?.kind === 'prune' ? { ...context, source: emptyListing(context.source) } : context;
}
