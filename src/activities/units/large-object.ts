import { CopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import { type BlockPlan, type RunPlan, planBlocks, planFile, planRuns } from '../../plan/block-plan.js';
import type { LargeRef } from '../../record/board.js';
import { readReplanned } from '../../record/replanned.js';
import type { SliceScope } from '../slice-scope.js';

/** How a large object is cut into blocks and runs of blocks. */
export interface Cut {
  readonly plan: BlockPlan;
  readonly runs: RunPlan;
}

/** Reads the operation of a large object: from its segment, or from where it was planned again. */
export async function largeOperation(
  scope: SliceScope,
  object: LargeRef,
  generation: number,
): Promise<Operation> {
  const operation =
    generation === 0
      ? (await scope.segment(object)).large[object.large]
      : await readReplanned(scope.state, scope.input.job, object, generation);
  if (operation === undefined) {
    throw new CopyError('unexpected', 'the state container has no such large object', { retryable: false });
  }
  return operation;
}

/** True when the object is copied into a file: its "blocks" are ranges of 4 MiB, and nothing of it is committed. */
export function isFile(scope: SliceScope, operation: Operation): boolean {
  return scope.destination(operation.pair).capabilities.ranges;
}

/** Cuts an object into blocks and runs. The same for every slice of the job. Throws `too-large`. */
export function cutLarge(scope: SliceScope, operation: Operation): Cut {
  const plan = isFile(scope, operation)
    ? planFile(operation.sizeBytes)
    : planBlocks(operation.sizeBytes, scope.spec.blockSizeBytes);
  return { plan, runs: planRuns(plan, scope.lanes) };
}
