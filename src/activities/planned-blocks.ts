import type { PlannedBlock } from '../copy/context.js';
import type { Operation } from '../job/operation.js';
import { type BlockPlan, blockId, blockRange, planBlocks } from '../plan/block-plan.js';

/** The blocks `from` to `to` (exclusive) of an object, with ids that no other version of its source can have. Pure. */
export function blocksBetween(
  job: string,
  operation: Operation,
  plan: BlockPlan,
  from: number,
  to: number,
): readonly PlannedBlock[] {
  const owner = `${String(operation.pair)}/${operation.key}`;
  return Array.from({ length: Math.max(0, Math.min(to, plan.blocks) - from) }, (_, step) => ({
    id: blockId(job, owner, operation.etag, plan.blockSizeBytes, from + step),
    ...blockRange(plan, from + step),
  }));
}

/** All blocks of an object. Pure; the same for every slice of the job. Throws `too-large`. */
export function blocksOf(
  job: string,
  operation: Operation,
  blockSizeBytes: number | undefined,
): readonly PlannedBlock[] {
  const plan = planBlocks(operation.sizeBytes, blockSizeBytes);
  return blocksBetween(job, operation, plan, 0, plan.blocks);
}
