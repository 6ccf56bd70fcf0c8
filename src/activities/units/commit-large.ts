import { commitBlocks } from '../../copy/blocks.js';
import { planNewVersion } from '../../copy/new-version.js';
import { Retry } from '../../copy/retry.js';
import { settleError, settled } from '../../copy/settle.js';
import { CopyError, isCopyError } from '../../job/copy-error.js';
import type { Outcome } from '../../job/outcome.js';
import { type CommitResult, type Holder, finishCommit } from '../../record/board-finish.js';
import type { Holding, LargeRef, Staging } from '../../record/board.js';
import { countOutcomes, createOutcomeFile } from '../../record/outcomes.js';
import { writeReplanned } from '../../record/replanned.js';
import { blocksBetween } from '../planned-blocks.js';
import type { SliceScope } from '../slice-scope.js';
import { type Cut, cutLarge, largeOperation } from './large-object.js';
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
    const cut = cutLarge(scope, operation);
    const blocks = blocksBetween(scope.input.job, operation, cut.plan, 0, cut.plan.blocks);
    const committed = await commitBlocks(operation, blocks, scope.copyContext(operation.pair, holding));
    return 'missing' in committed
      ? missingRuns(committed.missing, cut)
      : await finish(scope, object, committed);
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
    return finish(scope, object, settleError(operation, error));
  }
}

function missingRuns(missing: readonly number[], { runs }: Cut): CommitResult {
  return { missing: [...new Set(missing.map((index) => Math.floor(index / runs.runBlocks)))] };
}

/** Plans the object again from what the source is now, once; then it is reported. */
async function planAgain(scope: SliceScope, object: LargeRef, staging: Staging): Promise<CommitResult> {
  const operation = await largeOperation(scope, object, staging.generation);
  const pair = scope.pair(operation.pair);
  const { tags } = scope.pairs;
  const now = await new Retry({ clock: scope.services.clock, signal: scope.signal }).read(() =>
    scope
      .source(operation.pair)
      .stat(pair.sourceBase + operation.key, { tags: tags.source, signal: scope.signal }),
  );
  if (now === undefined) return finish(scope, object, settled(operation, 'skipped', 'vanished'));
  if (staging.generation >= mostGenerations) {
    const text = 'the source changed again while it was copied';
    const error = new CopyError('source-changed', text, { retryable: false });
    return finish(scope, object, settleError(operation, error));
  }
  const generation = staging.generation + 1;
  const fresh = planNewVersion(operation, now, scope.spec);
  const planned = await writeReplanned(scope.state, scope.input.job, object, generation, fresh);
  return { replanned: { runs: cutLarge(scope, planned).runs.runs } };
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
