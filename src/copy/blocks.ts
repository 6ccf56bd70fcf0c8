import { isCopyError } from '../job/copy-error.js';
import type { CopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import type { CopyReceipt, StagedBlock } from '../storage/store.js';
import { pinOf, writeSettings } from './choose-request.js';
import { destinationKey, sourceKey } from './context.js';
import type { CopyContext, PlannedBlock } from './context.js';
import { isPinned, lookAtSource } from './look-at-source.js';
import { Retry } from './retry.js';
import { runWhileRoom } from './run-while-room.js';
import { isConflict, settled, settleError } from './settle.js';
import type { Window } from './throttle.js';

/** Blocks of one object in flight at once, when nobody says how much room there is. */
const blocksInFlight = 4;

export interface StageContext extends CopyContext {
  /** Uncommitted blocks of the object when they are known; else they are listed, with one request. */
  readonly uncommitted?: readonly StagedBlock[];
  /** Every block takes a place in it. Leave it out when the caller already holds a place. */
  readonly window?: Window;
}

export interface StageResult {
  /** Blocks copied by this call. */
  readonly staged: number;
  readonly stagedBytes: number;
  /** Blocks that were there already. */
  readonly present: number;
  /** Blocks left because `shouldStop` said so; call again with the same blocks to go on. */
  readonly remaining: number;
}

/**
 * Copies those of `blocks` that are not yet uncommitted at the destination with the right size. Idempotent. Changes
 * nothing that readers see. Throws `CopyError`: `source-changed` when the source is no longer `operation.etag`, a
 * refusal with service code `InvalidBlobOrBlock` when another tool's blocks stand in the way, `aborted`.
 */
export async function stageBlocks(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: StageContext,
): Promise<StageResult> {
  const source = context.source.source(sourceKey(operation, context), operation.etag);
  const key = destinationKey(operation, context);
  const present = context.uncommitted ?? (await listUncommitted(key, context));
  const missing = missingBlocks(blocks, present).flatMap((index) => blocks[index] ?? []);
  const queue = [...missing];
  let stagedBytes = 0;

  const stageOne = async (block: PlannedBlock): Promise<void> => {
    const retry = new Retry(context);
    await retry.write(() => context.destination.stageFrom(key, block.id, source, block, context.signal));
    stagedBytes += block.sizeBytes;
  };
  const nextBlock = (): PlannedBlock | undefined =>
    context.shouldStop?.() === true ? undefined : queue.shift();
  await runWhileRoom(
    () => context.blocksAtOnce?.() ?? blocksInFlight,
    nextBlock,
    (block) => context.window?.run(() => stageOne(block)) ?? stageOne(block),
  );
  return {
    staged: missing.length - queue.length,
    stagedBytes,
    present: blocks.length - missing.length,
    remaining: queue.length,
  };
}

async function listUncommitted(key: string, context: CopyContext): Promise<readonly StagedBlock[]> {
  const lists = await new Retry(context).read(() => context.destination.listBlocks(key, context.signal));
  return lists.uncommitted;
}

/** Indexes of planned blocks that are not staged, or staged with another size. Pure. */
export function missingBlocks(
  blocks: readonly PlannedBlock[],
  uncommitted: readonly StagedBlock[],
): readonly number[] {
  const sizes = new Map(uncommitted.map((block) => [block.id, block.sizeBytes]));
  return blocks.flatMap((block, index) => (sizes.get(block.id) === block.sizeBytes ? [] : [index]));
}

export interface CommitContext extends CopyContext {
  /** The caller has staged every block itself a moment ago: the lists are read only if the commit is refused. */
  readonly justStaged?: boolean;
  /** The caller has seen the planned version at the source since the last block was staged. */
  readonly sourceSeen?: boolean;
}

/**
 * Puts an object together from its staged blocks; readers see the old object or the whole new one. Says which blocks
 * are missing instead, when some are. A commit whose reply was lost counts when the committed list is ours, so this can
 * run twice. A source that cannot be pinned is looked at before: blocks of a later version are never put together with
 * earlier ones. Throws `CopyError`: `aborted`, and what that look met, `source-changed` or `source-not-found` say.
 */
export async function commitBlocks(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: CommitContext,
): Promise<Outcome | { readonly missing: readonly number[] }> {
  const retry = new Retry(context);
  const earlier =
    context.justStaged === true ? undefined : await findEarlier(operation, blocks, context, retry);
  if (earlier !== undefined) return earlier;
  if (context.sourceSeen !== true && !isPinned(context)) await lookAtSource(operation, context, retry);
  try {
    const receipt = await sendCommit(operation, blocks, context, retry);
    return settled(operation, 'copied', operation.reason, receipt.requestId);
  } catch (error) {
    if (!isCopyError(error) || !isDoubtful(error, retry)) return settleError(operation, error);
    return settleDoubt(operation, blocks, context, retry, error);
  }
}

/** The outcome of an earlier commit, or what keeps this one from being sent. */
async function findEarlier(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: CopyContext,
  retry: Retry,
): Promise<Outcome | { readonly missing: readonly number[] } | undefined> {
  try {
    const before = await blockState(operation, blocks, context, retry);
    if (before.committed) return settled(operation, 'copied', operation.reason);
    return before.missing.length > 0 ? { missing: before.missing } : undefined;
  } catch (error) {
    return settleError(operation, error);
  }
}

/** The ETag of what stands at the destination when it was put together from these very blocks. Throws `CopyError`. */
export async function ownCommit(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: CopyContext,
): Promise<string | undefined> {
  const { committed, etag } = await blockState(operation, blocks, context, new Retry(context));
  return committed ? etag : undefined;
}

interface BlockState {
  /** The committed list is exactly ours: an earlier commit of this very version. */
  readonly committed: boolean;
  readonly missing: readonly number[];
  readonly etag: string | undefined;
}

async function blockState(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: CopyContext,
  retry: Retry,
): Promise<BlockState> {
  const key = destinationKey(operation, context);
  const lists = await retry.read(() => context.destination.listBlocks(key, context.signal));
  const committed =
    lists.committed.length === blocks.length &&
    blocks.length > 0 &&
    blocks.every((block, index) => lists.committed[index]?.id === block.id);
  return { committed, missing: missingBlocks(blocks, lists.uncommitted), etag: lists.etag };
}

function sendCommit(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: CopyContext,
  retry: Retry,
): Promise<CopyReceipt> {
  const ids = blocks.map((block) => block.id);
  const settings = writeSettings(operation, context.settings, 'blocks');
  return context.tags.send(operation.tags, (tags) =>
    retry.write(() =>
      context.destination.commit(
        destinationKey(operation, context),
        ids,
        pinOf(operation),
        { ...settings, ...(tags === undefined ? {} : { tags }) },
        context.signal,
      ),
    ),
  );
}

/**
 * True when the lists must be read again before the refusal is believed. A conflict may be a commit of this very
 * version by a second worker that was given the same unit.
 */
function isDoubtful(error: CopyError, retry: Retry): boolean {
  return (
    error.code !== 'aborted' &&
    (error.code === 'invalid-block-list' || isConflict(error) || retry.unknownWrite)
  );
}

async function settleDoubt(
  operation: Operation,
  blocks: readonly PlannedBlock[],
  context: CopyContext,
  retry: Retry,
  refusal: CopyError,
): Promise<Outcome | { readonly missing: readonly number[] }> {
  try {
    const after = await blockState(operation, blocks, context, retry);
    if (after.committed) return settled(operation, 'copied', operation.reason);
    if (refusal.code === 'invalid-block-list' && after.missing.length > 0) return { missing: after.missing };
  } catch (error) {
    if (isCopyError(error) && error.code === 'aborted') throw error;
  }
  return settleError(operation, refusal);
}
