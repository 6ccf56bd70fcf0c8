import { createHash } from 'node:crypto';
import { CopyError } from '../job/copy-error.js';
import { objectSizes, serviceLimits } from '../job/limits.js';

/** How one object is cut into blocks. All blocks have `blockSizeBytes`, the last one what is left. */
export interface BlockPlan {
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  readonly blocks: number;
}

/** How the blocks of one object are shared out. All runs have `runBlocks`, the last one what is left. */
export interface RunPlan {
  readonly runBlocks: number;
  readonly runs: number;
}

/** Below the service's 50,000, so that the block size stays a round number for as long as it can. */
const comfortableBlocks = 45_000;

/**
 * Cuts an object into blocks of the size asked for, 64 MiB by default. Where that would give more than 45,000 blocks,
 * blocks grow to the next multiple of 64 MiB that does not; they never exceed the service's 4,000 MiB. Depends on its
 * arguments only, so that a rerun finds its own blocks again. Throws `too-large` above 50,000 blocks of 4,000 MiB.
 */
export function planBlocks(
  sizeBytes: number,
  blockSizeBytes: number = objectSizes.defaultBlockBytes,
): BlockPlan {
  const { blockStepBytes } = objectSizes;
  const grown = Math.ceil(sizeBytes / comfortableBlocks / blockStepBytes) * blockStepBytes;
  const wanted = Math.ceil(sizeBytes / blockSizeBytes) > comfortableBlocks ? grown : blockSizeBytes;
  const size = Math.min(wanted, serviceLimits.blockBytes);
  const blocks = Math.ceil(sizeBytes / size);
  if (blocks > serviceLimits.committedBlocks) {
    throw new CopyError(
      'too-large',
      `an object of ${String(sizeBytes)} bytes does not fit into ${String(serviceLimits.committedBlocks)} blocks`,
      { retryable: false },
    );
  }
  return { sizeBytes, blockSizeBytes: size, blocks };
}

/** Cuts a file for Azure Files into ranges of 4 MiB, the largest that one request may write. */
export function planFile(sizeBytes: number): BlockPlan {
  const blockSizeBytes = serviceLimits.fileRangeBytes;
  return { sizeBytes, blockSizeBytes, blocks: Math.ceil(sizeBytes / blockSizeBytes) };
}

/**
 * Shares the blocks out so that `lanes` (at least 1) can work on one object at once: runs of whole blocks, of at least
 * 256 MiB and at most 64 GiB as far as the block size allows.
 */
export function planRuns(plan: BlockPlan, lanes: number): RunPlan {
  const fewest = Math.ceil(objectSizes.minRunBytes / plan.blockSizeBytes);
  const most = Math.floor(objectSizes.maxRunBytes / plan.blockSizeBytes);
  const runBlocks = Math.min(Math.max(Math.ceil(plan.blocks / lanes), fewest), most);
  return { runBlocks, runs: Math.ceil(plan.blocks / runBlocks) };
}

/** The bytes of block `index`, from 0. Throws a RangeError for a block that the plan does not have. */
export function blockRange(
  plan: BlockPlan,
  index: number,
): { readonly offset: number; readonly sizeBytes: number } {
  if (!Number.isInteger(index) || index < 0 || index >= plan.blocks) {
    throw new RangeError(`no block ${String(index)} in a plan of ${String(plan.blocks)}`);
  }
  const offset = index * plan.blockSizeBytes;
  return { offset, sizeBytes: Math.min(plan.blockSizeBytes, plan.sizeBytes - offset) };
}

/**
 * Base64 id of a block: 12 bytes that stand for this job, source key, source version and block size, then the index as
 * four bytes, big-endian. All ids have one length, as the service demands of the blocks of an object, and an object
 * planned anew can never adopt blocks of another version. JSON keeps the four fields apart whatever they hold.
 */
export function blockId(
  job: string,
  key: string,
  etag: string,
  blockSizeBytes: number,
  index: number,
): string {
  const id = Buffer.alloc(16);
  createHash('sha256')
    .update(JSON.stringify([job, key, etag, blockSizeBytes]))
    .digest()
    .copy(id, 0, 0, 12);
  id.writeUInt32BE(index, 12);
  return id.toString('base64');
}
