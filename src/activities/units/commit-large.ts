import { commitBlocks, ownCommit } from '../../copy/blocks.js';
import { beginFile, endFile, filledRanges, rangesWithin } from '../../copy/large-file.js';
import { isPinned, lookAtSource, needsDetails, withDetails } from '../../copy/look-at-source.js';
import { planNewVersion } from '../../copy/new-version.js';
import type { PlannedBlock } from '../../copy/context.js';
import { putRanges } from '../../copy/put-ranges.js';
import { removeUnfinished } from '../../copy/remove-file.js';
import { Retry } from '../../copy/retry.js';
import { settleError, vanished } from '../../copy/settle.js';
import { isRestore } from '../../job/backup-task.js';
import { CopyError, type CopyErrorCode, isCopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import type { Outcome } from '../../job/outcome.js';
import { type CommitResult, type Holder, finishCommit } from '../../record/board-finish.js';
import type { Holding, LargeRef, Staging } from '../../record/board.js';
import { countOutcomes, createOutcomeFile } from '../../record/outcomes.js';
import { writeReplanned } from '../../record/replanned.js';
import { blocksBetween } from '../planned-blocks.js';
import type { SliceScope } from '../slice-scope.js';
import { type Cut, cutLarge, isFile, largeOperation } from './large-object.js';
import type { UnitEnd } from './unit-end.js';

/** How often an object may be planned again before a changing source is called a failure. */
const mostGenerations = 1;

/**
 * Ends a large object: commits its blocks, requeues the runs whose blocks are missing, plans it again when its source
 * changed, or reports why it failed. Run again, it finds its own commit or its own outcome.
 */
export async function commitLarge(
  scope: SliceScope,
  holder: Holder,
  holding: Holding,
  object: LargeRef,
): Promise<UnitEnd> {
  const staging = scope.stagingOf(object);
  const result = await settle(scope, holding, object, staging);
  return { finish: (board) => finishCommit(board, holder, result) };
}

async function settle(
  scope: SliceScope,
  holding: Holding,
  object: LargeRef,
  staging: Staging,
): Promise<CommitResult> {
  const operation = await largeOperation(scope, object, staging.generation);
  const stored = await outcomeFile(scope, object).open({ again: true });
  if (stored.final) return settledAs(stored.settled);
  if (staging.stopped === 'source-changed') return planAgain(scope, holding, object, staging);
  const committed = await orOutcome(operation, () => commit(scope, holding, operation, staging));
  if ('missing' in committed) return committed;
  const isAnother = committed.reason === 'source-changed' && staging.generation < mostGenerations;
  if (isAnother || committed.reason === 'source-not-found') return planAgain(scope, holding, object, staging);
  return giveUp(scope, holding, object, operation, committed);
}

/** Ends an object; a file that is left unfinished by that is deleted. */
async function giveUp(
  scope: SliceScope,
  holding: Holding,
  object: LargeRef,
  operation: Operation,
  outcome: Outcome,
): Promise<CommitResult> {
  const isLeft = outcome.outcome === 'failed' || outcome.outcome === 'skipped';
  if (isLeft && isFile(scope, operation)) await abandon(scope, holding, operation);
  return finish(scope, object, outcome);
}

/** What cannot be deleted either stays; the outcome says that the object failed. */
async function abandon(scope: SliceScope, holding: Holding, operation: Operation): Promise<void> {
  await orOutcome(operation, async () => {
    const context = scope.copyContext(operation.pair, holding);
    await removeUnfinished(operation, context, new Retry(context));
  });
}

/** What fails at source or destination is this object's outcome. Trouble with the state container must stay outside. */
async function orOutcome<T>(operation: Operation, work: () => Promise<T>): Promise<T | Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
    return settleError(operation, error);
  }
}

async function commit(
  scope: SliceScope,
  holding: Holding,
  operation: Operation,
  staging: Staging,
): Promise<Outcome | { readonly missing: readonly number[] }> {
  const context = scope.copyContext(operation.pair, holding);
  if (staging.stopped !== undefined) {
    // Where nothing is pinned, a source that is shorter now, or gone, is refused in other words.
    if (!isPinned(context)) await lookAtSource(operation, context, new Retry(context));
    throw notStaged(staging.stopped);
  }
  if (isFile(scope, operation)) return commitFile(scope, holding, operation, staging);
  const cut = cutLarge(scope, operation);
  const blocks = allBlocks(scope, operation, cut);
  const told = await withDetails(operation, context, new Retry(context));
  const sourceSeen = needsDetails(operation, context);
  const committed = await commitBlocks(told, blocks, { ...context, sourceSeen });
  if ('missing' in committed) return missingRuns(committed.missing, cut);
  // A second worker may have staged a block anew, of a later version, between that look and the commit.
  if (committed.outcome === 'copied' && !isPinned(context))
    await lookAtSource(operation, context, new Retry(context));
  return committed;
}

function allBlocks(scope: SliceScope, operation: Operation, { plan }: Cut): readonly PlannedBlock[] {
  return blocksBetween(scope.input.job, operation, plan, 0, plan.blocks);
}

/** A file that could not be begun is begun here, so that the reason is told; then this unit fills all of it. */
async function commitFile(
  scope: SliceScope,
  holding: Holding,
  operation: Operation,
  staging: Staging,
): Promise<Outcome | { readonly missing: readonly number[] }> {
  const context = { ...scope.copyContext(operation.pair, holding), since: staging.since };
  if (staging.runs === 0) {
    await beginFile(operation, context);
    const whole = { offset: 0, sizeBytes: operation.sizeBytes };
    const filled = await filledRanges(operation, context);
    await putRanges(await rangesWithin(whole, operation, context, filled), operation, context);
  }
  const ended = await endFile(operation, context);
  if (!('missing' in ended)) return ended;
  const cut = cutLarge(scope, operation);
  return missingRuns(
    ended.missing.map(({ offset }) => Math.floor(offset / cut.plan.blockSizeBytes)),
    cut,
  );
}

function missingRuns(missing: readonly number[], { runs }: Cut): { readonly missing: readonly number[] } {
  return { missing: [...new Set(missing.map((index) => Math.floor(index / runs.runBlocks)))] };
}

/** Plans the object again from what the source is now, once; then it is reported. */
async function planAgain(
  scope: SliceScope,
  holding: Holding,
  object: LargeRef,
  staging: Staging,
): Promise<CommitResult> {
  const operation = await largeOperation(scope, object, staging.generation);
  const fresh = await orOutcome(operation, () => newVersion(scope, holding, operation, staging));
  if ('outcome' in fresh) return giveUp(scope, holding, object, operation, fresh);
  const generation = staging.generation + 1;
  const planned = await writeReplanned(scope.state, scope.input.job, object, generation, fresh);
  const runs = await orOutcome(planned, async () => {
    const context = { ...scope.copyContext(planned.pair, holding), laterVersion: true };
    if (isFile(scope, planned)) await beginFile(planned, context);
    return cutLarge(scope, planned).runs;
  });
  return 'outcome' in runs ? finish(scope, object, runs) : { replanned: { runs: runs.runs } };
}

/** The operation for what the source is now, or the outcome when there is none any more. */
async function newVersion(
  scope: SliceScope,
  holding: Holding,
  operation: Operation,
  staging: Staging,
): Promise<Operation | Outcome> {
  const pair = scope.pair(operation.pair);
  const { tags } = scope.pairs;
  const now = await new Retry({ clock: scope.services.clock, signal: scope.signal }).read(() =>
    scope
      .source(operation.pair)
      .stat(pair.sourceBase + operation.key, { tags: tags.source, signal: scope.signal }),
  );
  if (now === undefined) return vanished(operation, scope.spec);
  if (staging.stopped === 'source-not-found' && now.etag === operation.etag) throw notStaged(staging.stopped);
  const isFixed = isRestore(scope.spec.backup) && isPinned(scope.copyContext(operation.pair, holding));
  if (staging.generation < mostGenerations && !isFixed) {
    const pinned = await pinnedToOwnCommit(scope, holding, operation);
    return planNewVersion(pinned, now, scope.spec);
  }
  const text = isFixed
    ? 'the source is no longer the planned version'
    : 'the source changed again while it was copied';
  throw new CopyError('source-changed', text, { retryable: false });
}

/** What this job has committed already, and found to be of another version, is what the next commit replaces. */
async function pinnedToOwnCommit(
  scope: SliceScope,
  holding: Holding,
  operation: Operation,
): Promise<Operation> {
  const context = scope.copyContext(operation.pair, holding);
  if (isPinned(context) || isFile(scope, operation)) return operation;
  const blocks = allBlocks(scope, operation, cutLarge(scope, operation));
  const destinationEtag = await ownCommit(operation, blocks, context);
  return destinationEtag === undefined ? operation : { ...operation, destinationEtag };
}

function notStaged(code: CopyErrorCode): CopyError {
  return new CopyError(code, 'a block could not be staged', { retryable: false });
}

async function finish(scope: SliceScope, object: LargeRef, outcome: Outcome): Promise<CommitResult> {
  const { outcomes } = await outcomeFile(scope, object).finish([outcome]);
  return settledAs(outcomes);
}

function settledAs(outcomes: readonly Outcome[]): CommitResult {
  const { counts, bytesCopied } = countOutcomes(outcomes);
  return { settled: { ...counts, bytesCopied } };
}

function outcomeFile(scope: SliceScope, object: LargeRef) {
  const ref = { group: object.group, index: object.index, part: { large: object.large } };
  return createOutcomeFile(scope.state, scope.input.job, ref);
}
