import { type CommitOutcome, commitBlocks } from '../../copy/blocks.js';
import { failedOutcome } from '../../copy/outcome-of.js';
import { CopyError, isCopyError } from '../../job/copy-error.js';
import type { Outcome } from '../../job/outcome.js';
import { type CommitResult, type Holder, finishCommit } from '../../record/board-finish.js';
import type { Holding, LargeRef, Staging } from '../../record/board.js';
import { countOutcomes, createOutcomeFile } from '../../record/outcomes.js';
import { writeReplanned } from '../../record/replanned.js';
import type { SliceScope } from '../slice-scope.js';
import { type LargeObject, blocksOf, cut, largeOperation } from './large-object.js';
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
  try {
    if (staging.stopped !== undefined && staging.stopped !== 'source-changed') {
      throw new CopyError(staging.stopped, 'a block could not be staged', { retryable: false });
    }
    if (staging.stopped === 'source-changed') return await planAgain(scope, object, staging);
    const large = cut(scope, operation, scope.lanes);
    const ids = blocksOf(scope, large, 0, large.plan.blocks).map((block) => block.id);
    const committed = await commitBlocks(operation, ids, scope.copyContext(operation.pair, holding));
    return await afterCommit(scope, object, large, committed);
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
    if (error.code === 'source-changed') return planAgain(scope, object, staging);
    return finish(scope, object, failedOutcome(operation, error));
  }
}

function afterCommit(
  scope: SliceScope,
  object: LargeRef,
  large: LargeObject,
  committed: CommitOutcome,
): CommitResult | Promise<CommitResult> {
  if (!('missing' in committed)) return finish(scope, object, committed);
  const runs = committed.missing.map((index) => Math.floor(index / large.runs.runBlocks));
  return { missing: [...new Set(runs)] };
}

/** Plans the object again from what the source is now, once; then it is reported. */
async function planAgain(scope: SliceScope, object: LargeRef, staging: Staging): Promise<CommitResult> {
  const operation = await largeOperation(scope, object, staging.generation);
  const pair = scope.pair(operation.pair);
  const now = await scope
    .source(operation.pair)
    .stat(pair.sourceBase + operation.key, { tags: scope.pairs.tags, signal: scope.signal });
  if (now === undefined)
    return finish(scope, object, { ...base(operation), outcome: 'skipped', reason: 'vanished' });
  if (staging.generation >= mostGenerations) {
    const text = 'the source changed again while it was copied';
    return finish(
      scope,
      object,
      failedOutcome(operation, new CopyError('source-changed', text, { retryable: false })),
    );
  }
  const { md5: _, tier: __, ...kept } = operation;
  const planned = await writeReplanned(scope.state, scope.input.job, object, staging.generation + 1, {
    ...kept,
    etag: now.etag,
    sizeBytes: now.sizeBytes,
    lastModified: now.lastModified,
    ...(now.md5 === undefined ? {} : { md5: now.md5 }),
    ...(operation.tier === undefined || now.tier === undefined ? {} : { tier: now.tier }),
    ...(operation.tags === undefined || now.tags === undefined ? {} : { tags: now.tags }),
    ...(operation.properties === undefined
      ? {}
      : { properties: { ...now.properties, ...scope.spec.properties } }),
    ...(operation.metadata === undefined ? {} : { metadata: scope.spec.metadata ?? now.metadata }),
  });
  return { replanned: { runs: cut(scope, planned, scope.lanes).runs.runs } };
}

function base(operation: { readonly pair: number; readonly key: string; readonly sizeBytes: number }) {
  return { pair: operation.pair, key: operation.key, sizeBytes: operation.sizeBytes };
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
