import { stageBlocks, type StageContext } from '../../copy/blocks.js';
import { filledRanges, rangesWithin } from '../../copy/large-file.js';
import { putRanges } from '../../copy/put-ranges.js';
import { isCopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import { type Holder, type RunResult, finishRun } from '../../record/board-finish.js';
import type { Holding, LargeRef } from '../../record/board.js';
import { blocksBetween } from '../planned-blocks.js';
import type { SliceScope } from '../slice-scope.js';
import { cutLarge, isFile, largeOperation } from './large-object.js';
import type { UnitEnd } from './unit-end.js';

/** Stages one run of blocks of a large object. The uncommitted block list at the destination is its checkpoint. */
export async function stageRun(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  unit: LargeRef & { readonly run: number },
): Promise<UnitEnd> {
  const operation = await largeOperation(scope, unit, scope.stagingOf(unit).generation);
  const stage = isFile(scope, operation) ? fillRanges : stageOwnBlocks;
  let result: RunResult;
  try {
    if ((await stage(scope, holding, operation, unit.run)) === 'held') return 'held';
    result = { staged: true };
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
    scope.noteError({ code: error.code, key: operation.key, message: error.message });
    result = { staged: false, code: error.code };
  }
  return { finish: (board) => finishRun(board, holder, result) };
}

type Staged = 'held' | 'staged';

async function stageOwnBlocks(
  scope: SliceScope,
  holding: Holding,
  operation: Operation,
  run: number,
): Promise<Staged> {
  const { plan, runs } = cutLarge(scope, operation);
  const from = run * runs.runBlocks;
  const blocks = blocksBetween(scope.input.job, operation, plan, from, from + runs.runBlocks);
  const { remaining } = await stageBlocks(operation, blocks, {
    ...wideContext(scope, holding, operation),
    // A run that nobody has touched has no blocks yet: the list need not be asked for.
    ...(holding.again ? {} : { uncommitted: [] }),
  });
  return remaining > 0 ? 'held' : 'staged';
}

/** The ranges that the file has are the checkpoint. */
async function fillRanges(
  scope: SliceScope,
  holding: Holding,
  operation: Operation,
  run: number,
): Promise<Staged> {
  const { plan, runs } = cutLarge(scope, operation);
  const sizeBytes = runs.runBlocks * plan.blockSizeBytes;
  const context = wideContext(scope, holding, operation);
  const filled = holding.again ? await filledRanges(operation, context) : [];
  const ranges = await rangesWithin({ offset: run * sizeBytes, sizeBytes }, operation, context, filled);
  await putRanges(ranges, operation, context);
  return 'staged';
}

function wideContext(scope: SliceScope, holding: Holding, operation: Operation): StageContext {
  return {
    ...scope.copyContext(operation.pair, holding),
    window: scope.window,
    blocksAtOnce: () => scope.window.limit,
  };
}
