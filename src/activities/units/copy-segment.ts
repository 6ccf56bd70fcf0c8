import { copyObject } from '../../copy/copy-object.js';
import type { Holder } from '../../record/board-finish.js';
import type { Holding } from '../../record/board.js';
import type { SegmentRef } from '../../record/refs.js';
import type { SliceScope } from '../slice-scope.js';
import { reviewSources } from './review-sources.js';
import { settleOperations } from './settle-operations.js';
import type { UnitEnd } from './unit-end.js';

/** Copies the small and medium objects of a segment. */
export async function copySegment(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  ref: SegmentRef,
): Promise<UnitEnd> {
  const draft = await scope.segment(ref);
  return settleOperations(scope, holder, holding, {
    ref: { group: ref.group, index: ref.index, part: 'copy' },
    operations: draft.copies,
    settle: (operation) => copyObject(operation, scope.copyContext(operation.pair, holding)),
    review: (outcomeOf) => reviewSources(scope, holding, draft, outcomeOf),
  });
}
