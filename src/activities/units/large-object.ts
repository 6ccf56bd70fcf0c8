import {
  type BlockPlan,
  type RunPlan,
  blockId,
  blockRange,
  planBlocks,
  planRuns,
} from '../../plan/block-plan.js';
import { CopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import type { LargeRef } from '../../record/board.js';
import { readReplanned } from '../../record/replanned.js';
import type { SliceScope } from '../slice-scope.js';

/** A large object as it stands: the operation of its present generation, and how its blocks are cut. */
export interface LargeObject {
  readonly operation: Operation;
  readonly plan: BlockPlan;
  readonly runs: RunPlan;
}

/** One block, ready to be staged. */
export interface Block {
  readonly index: number;
  readonly id: string;
  readonly offset: number;
  readonly sizeBytes: number;
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

/** Cuts an object into blocks and runs. The same for every slice of the job. Throws `too-large`. */
export function cut(scope: SliceScope, operation: Operation, lanes: number): LargeObject {
  const plan = planBlocks(operation.sizeBytes, scope.spec.blockSizeBytes);
  return { operation, plan, runs: planRuns(plan, lanes) };
}

/** Blocks `from` to `to` (exclusive) with their ids, which no other version of the source can have. */
export function blocksOf(scope: SliceScope, large: LargeObject, from: number, to: number): readonly Block[] {
  const { operation, plan } = large;
  const owner = `${String(operation.pair)}/${operation.key}`;
  return Array.from({ length: Math.max(0, Math.min(to, plan.blocks) - from) }, (_, step) => {
    const index = from + step;
    const range = blockRange(plan, index);
    const id = blockId(scope.input.job, owner, operation.etag, plan.blockSizeBytes, index);
    return { index, id, ...range };
  });
}
