import { stageBlocks } from '../../copy/blocks.js';
import { isCopyError } from '../../job/copy-error.js';
import { type Holder, type RunResult, finishRun } from '../../record/board-finish.js';
import type { Holding, LargeRef } from '../../record/board.js';
import type { SliceScope } from '../slice-scope.js';
import { blocksOf, cut, largeOperation } from './large-object.js';
import type { UnitEnd } from './unit-end.js';

/** Stages one run of blocks of a large object. The uncommitted block list at the destination is its checkpoint. */
export async function stageRun(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  unit: LargeRef & { readonly run: number },
): Promise<UnitEnd> {
  const large = await largeNow(scope, unit);
  const from = unit.run * large.runs.runBlocks;
  const blocks = blocksOf(scope, large, from, from + large.runs.runBlocks);
  let result: RunResult;
  try {
    const staged = await stageBlocks(
      large.operation,
      blocks,
      scope.copyContext(large.operation.pair, holding),
    );
    if (staged.left > 0) return 'held';
    result = { staged: true };
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
    scope.noteError({ code: error.code, key: large.operation.key, message: error.message });
    result = { staged: false, code: error.code };
  }
  return { finish: (board) => finishRun(board, holder, result) };
}

async function largeNow(scope: SliceScope, object: LargeRef) {
  const operation = await largeOperation(scope, object, scope.stagingOf(object).generation);
  return cut(scope, operation, scope.lanes);
}
