import { stageBlocks } from '../../copy/blocks.js';
import { isCopyError } from '../../job/copy-error.js';
import { type Holder, type RunResult, finishRun } from '../../record/board-finish.js';
import type { Holding, LargeRef } from '../../record/board.js';
import { blocksBetween } from '../planned-blocks.js';
import type { SliceScope } from '../slice-scope.js';
import { cutLarge, largeOperation } from './large-object.js';
import type { UnitEnd } from './unit-end.js';

/** Stages one run of blocks of a large object. The uncommitted block list at the destination is its checkpoint. */
export async function stageRun(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  unit: LargeRef & { readonly run: number },
): Promise<UnitEnd> {
  const operation = await largeOperation(scope, unit, scope.stagingOf(unit).generation);
  const { plan, runs } = cutLarge(scope, operation);
  const from = unit.run * runs.runBlocks;
  const blocks = blocksBetween(scope.input.job, operation, plan, from, from + runs.runBlocks);
  let result: RunResult;
  try {
    const { remaining } = await stageBlocks(operation, blocks, {
      ...scope.copyContext(operation.pair, holding),
      window: scope.window,
      blocksAtOnce: () => scope.window.limit,
      // A run that nobody has touched has no blocks yet: the list need not be asked for.
      ...(holding.again ? {} : { uncommitted: [] }),
    });
    if (remaining > 0) return 'held';
    result = { staged: true };
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
    scope.noteError({ code: error.code, key: operation.key, message: error.message });
    result = { staged: false, code: error.code };
  }
  return { finish: (board) => finishRun(board, holder, result) };
}
