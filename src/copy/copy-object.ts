import { isRestore } from '../job/backup-task.js';
import { CopyError, isCopyError } from '../job/copy-error.js';
import { objectSizes, serviceLimits } from '../job/limits.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import type { ListedObject } from '../storage/store.js';
import { commitBlocks, stageBlocks } from './blocks.js';
import { chooseRequest, mustDropMetadata, pinOf, writeSettings } from './choose-request.js';
import { destinationKey, sourceKey } from './context.js';
import { copyDirectory } from './copy-directory.js';
import { copyFile } from './copy-file.js';
import type { CopyContext, PlannedBlock } from './context.js';
import { isPinned, withDetails } from './look-at-source.js';
import { planNewVersion } from './new-version.js';
import { compareOwnWrite, mayBeOwn } from './own-write.js';
import { asFarAsPossible, removeFile } from './remove-file.js';
import { aborted, Retry } from './retry.js';
import { isConflict, refused, settled, settleError, vanished } from './settle.js';

/**
 * Copies one object and says what became of it. One request when all goes well and the object fits into one; else by
 * blocks, staging only what an earlier try has not. Every request is pinned to the planned versions of both ends.
 * Throws only `aborted`: the signal fired, or `shouldStop` between two blocks; the object can be tried again. Safe to
 * run twice, also at the same time.
 */
export async function copyObject(operation: Operation, context: CopyContext): Promise<Outcome> {
  const retry = new Retry(context);
  try {
    return await copyVersion(operation, context, retry);
  } catch (error) {
    if (!isCopyError(error)) return settleError(operation, error);
    if (context.leaveDifferences === true && isDifference(error)) return settleError(operation, error);
    if (mayBeChange(error, context)) return copyNewVersion(operation, context, retry, error);
    return settleRefusal(operation, context, retry, error);
  }
}

/** A request that is not pinned is refused for ranges that the source has no more, or for a source that is gone. */
function mayBeChange({ code }: CopyError, context: CopyContext): boolean {
  return code === 'source-changed' || (code === 'bad-request' && !isPinned(context));
}

/** One of the ends is not what the operation says. */
function isDifference(error: CopyError): boolean {
  return error.code === 'source-changed' || isConflict(error);
}

async function copyVersion(operation: Operation, context: CopyContext, retry: Retry): Promise<Outcome> {
  if (operation.kind === 'directory') return copyDirectory(operation, context, retry);
  if (context.destination.capabilities.ranges) return copyFile(operation, context, retry);
  if (chooseRequest(operation, context.settings) === 'single-shot')
    return singleShot(operation, context, retry);
  try {
    return await inBlocks(operation, context, retry);
  } catch (error) {
    if (!hasForeignBlocks(error) || !fitsOneRequest(operation, context)) throw error;
    return singleShot(operation, context, retry);
  }
}

async function singleShot(operation: Operation, context: CopyContext, retry: Retry): Promise<Outcome> {
  const source = context.source.source(sourceKey(operation, context), operation.etag);
  const settings = writeSettings(operation, context.settings, 'single-shot');
  const receipt = await context.tags.send(operation.tags, (tags) =>
    retry.write(() =>
      context.destination.copyFrom(
        destinationKey(operation, context),
        source,
        pinOf(operation),
        { ...settings, ...(tags === undefined ? {} : { tags }) },
        context.signal,
      ),
    ),
  );
  return settled(operation, 'copied', operation.reason, receipt.requestId);
}

/** Stages and commits within this call. What an earlier try has staged or committed is found first, never done again. */
async function inBlocks(planned: Operation, context: CopyContext, retry: Retry): Promise<Outcome> {
  const operation = await withDetails(planned, context, retry);
  if (operation.sizeBytes === 0 && isPinned(context)) await requireVersion(operation, context, retry);
  const blocks = context.planBlocks(operation);
  let missing: readonly PlannedBlock[] = blocks;
  if (context.rerun) {
    const earlier = await commitBlocks(operation, blocks, context);
    if (!('missing' in earlier)) return earlier;
    missing = pick(blocks, earlier.missing);
  }
  for (let round = 1; round <= 2; round += 1) {
    const staged = await stageBlocks(operation, missing, { ...context, uncommitted: [] });
    if (staged.remaining > 0) throw aborted();
    const outcome = await commitBlocks(operation, blocks, { ...context, justStaged: true });
    if (!('missing' in outcome)) return outcome;
    missing = pick(blocks, outcome.missing);
  }
  throw new CopyError('invalid-block-list', 'staged blocks vanished twice', { retryable: false });
}

function pick(blocks: readonly PlannedBlock[], indexes: readonly number[]): readonly PlannedBlock[] {
  const wanted = new Set(indexes);
  return blocks.filter((_, index) => wanted.has(index));
}

/** An empty object has no block that could carry the source's pin, so its version is looked at. */
async function requireVersion(operation: Operation, context: CopyContext, retry: Retry): Promise<void> {
  const found = await statSource(operation, context, retry);
  if (found?.etag === operation.etag) return;
  throw new CopyError('source-changed', 'the source is no longer the planned version', { retryable: false });
}

/** Blocks of another tool, with ids of another length, stand in the way of ours until the service drops them. */
function hasForeignBlocks(error: unknown): boolean {
  return isCopyError(error) && error.serviceCode === 'InvalidBlobOrBlock';
}

/** A write of the whole object discards whatever was staged under its name. */
function fitsOneRequest(operation: Operation, context: CopyContext): boolean {
  return (
    operation.sizeBytes <= serviceLimits.putBlobFromUrlBytes && !mustDropMetadata(operation, context.settings)
  );
}

/** The source is no longer what was planned: looks once, and tries the present version once, unless it is a backup. */
async function copyNewVersion(
  planned: Operation,
  context: CopyContext,
  retry: Retry,
  refusal: CopyError,
): Promise<Outcome> {
  let operation = planned;
  try {
    const found = await statVersion(planned, context, retry);
    const { settings } = context;
    if (found === undefined) return vanished(planned, settings, refusal);
    if (isRestore(settings.backup) && isPinned(context)) return refused(planned, 'failed', refusal);
    operation = planNewVersion(planned, found, settings);
    if (found.etag === planned.etag || !fitsPlace(operation, planned, context)) {
      return refused(planned, 'failed', refusal);
    }
    return await copyVersion(operation, { ...context, laterVersion: true }, retry);
  } catch (error) {
    if (!isCopyError(error)) return settleError(operation, error);
    return settleRefusal(operation, context, retry, error);
  }
}

/**
 * Copies an object again whose source was found to be another version than was copied, and looks once more: a source that
 * does not keep still is `failed` as `source-changed`. For copies that cannot be pinned. Throws only `aborted`.
 */
export async function copyAgain(operation: Operation, context: CopyContext): Promise<Outcome> {
  const retry = new Retry(context);
  const refusal = new CopyError('source-changed', 'the source changed while it was copied', {
    retryable: false,
  });
  const before = await orUndefined(() => statSource(operation, context, retry));
  const pinned = await pinnedToOwnWrite(operation, before, context, retry);
  const outcome = await copyNewVersion(pinned, context, retry, refusal);
  if (outcome.outcome !== 'copied') return outcome;
  const after = await orUndefined(() => statSource(operation, context, retry));
  if (before !== undefined && after?.etag === before.etag) return outcome;
  // Ranges of several versions may stand in one file.
  if (context.destination.capabilities.ranges) await asFarAsPossible(removeFile(operation, context, retry));
  return refused(operation, 'failed', refusal);
}

/** The first copy stands at the destination now, not what the plan saw: what may replace it must be pinned to that. */
async function pinnedToOwnWrite(
  operation: Operation,
  source: ListedObject | undefined,
  context: CopyContext,
  retry: Retry,
): Promise<Operation> {
  if (!context.destination.capabilities.writePins || source === undefined) return operation;
  const key = destinationKey(operation, context);
  const found = await orUndefined(() =>
    retry.read(() => context.destination.stat(key, { signal: context.signal })),
  );
  const versions = [operation, planNewVersion(operation, source, context.settings)];
  const isOurs = versions.some((version) => compareOwnWrite(version, found, context.since) !== undefined);
  return isOurs && found !== undefined ? { ...operation, destinationEtag: found.etag } : operation;
}

async function orUndefined<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isCopyError(error) && error.code !== 'aborted') return undefined;
    throw error;
  }
}

/** An object that outgrew its place in the segment is left to the next job. */
function fitsPlace(
  operation: Operation,
  planned: Operation,
  { settings, destination }: CopyContext,
): boolean {
  const isSmall = operation.sizeBytes <= objectSizes.largeBytes;
  if (destination.capabilities.ranges) return isSmall;
  const wasInBlocks = chooseRequest(planned, settings) === 'blocks';
  return chooseRequest(operation, settings) === 'single-shot' || (wasInBlocks && isSmall);
}

function statSource(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  tags = false,
): Promise<ListedObject | undefined> {
  return retry.read(() =>
    context.source.stat(sourceKey(operation, context), { tags, signal: context.signal }),
  );
}

/** The present version with its tags, unless the plan could not read them either. */
async function statVersion(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<ListedObject | undefined> {
  try {
    return await statSource(operation, context, retry, context.tags.wanted);
  } catch (error) {
    const unreadable = isCopyError(error) && error.code === 'tags-not-permitted';
    if (!unreadable || operation.tags !== undefined) throw error;
    return statSource(operation, context, retry);
  }
}

async function settleRefusal(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  error: CopyError,
): Promise<Outcome> {
  if (error.code === 'source-not-found') return settleGoneSource(operation, context, retry, error);
  // A file has its full length before its content: what stands there proves nothing.
  if (context.destination.capabilities.ranges) return settleError(operation, error);
  const maybeOurs = isConflict(error)
    ? await mayBeOwn(context, retry)
    : error.retryable && retry.unknownWrite;
  const own = maybeOurs ? await findOwnWrite(operation, context, retry) : undefined;
  if (own === 'same') return settled(operation, 'copied', operation.reason);
  if (own === 'assumed') return settled(operation, 'copied', 'own-write-assumed');
  return settleError(operation, error);
}

/** A 404 without the source's own code may be a name that did not resolve: only a look at the source proves it gone. */
async function settleGoneSource(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  error: CopyError,
): Promise<Outcome> {
  try {
    const proved = error.serviceCode === 'BlobNotFound';
    const found = proved ? undefined : await statSource(operation, context, retry);
    return found === undefined
      ? vanished(operation, context.settings, error)
      : refused(operation, 'failed', error);
  } catch (statError) {
    return settleError(operation, statError);
  }
}

/**
 * One look at the destination, and when something else than the planned version stands there, one at the source: an
 * earlier try may have found a new version and copied that. Undefined also when a look fails: then the first refusal
 * stands.
 */
async function findOwnWrite(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<'same' | 'assumed' | undefined> {
  try {
    const key = destinationKey(operation, context);
    const found = await retry.read(() => context.destination.stat(key, { signal: context.signal }));
    const own = compareOwnWrite(operation, found, context.since);
    if (own !== undefined || found === undefined || found.etag === operation.destinationEtag) return own;
    const source = await statSource(operation, context, retry);
    if (source === undefined || source.etag === operation.etag) return undefined;
    return compareOwnWrite(planNewVersion(operation, source, context.settings), found, context.since);
  } catch (error) {
    if (isCopyError(error) && error.code !== 'aborted') return undefined;
    throw error;
  }
}
