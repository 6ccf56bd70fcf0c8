import { CopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import { isUnfinished } from '../job/unfinished-file.js';
import type { ByteRange, ListedObject } from '../storage/store.js';
import { destinationKey, type CopyContext } from './context.js';
import { createFile, finishFile } from './copy-file.js';
import { isFinished, markOf, rangesAt, rangesOf } from './found-file.js';
import { findSettings } from './file-settings.js';
import { lookAtSource } from './look-at-source.js';
import { mayBeOwn } from './own-write.js';
import { Retry } from './retry.js';
import { settled } from './settle.js';

/**
 * Creates the file of a large object, unless an earlier try has: one that bears the mark of this version is gone on with.
 * Throws `CopyError`.
 */
export async function beginFile(operation: Operation, context: CopyContext): Promise<void> {
  const retry = new Retry(context);
  const mark = markOf(operation, context);
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  // Nothing can be created on a condition: a second delivery of this step must not empty what others have filled.
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found?.sizeBytes === operation.sizeBytes && found.smb?.creationTime === mark) return;
  if (context.rerun && found !== undefined && isFinished(found, operation, context)) return;
  const settings = await findSettings(operation, context, retry);
  await createFile(operation, context, retry, { settings, mark });
}

/** The ranges of a run of the file that have content at the source. Throws `CopyError`. */
export async function rangesWithin(
  run: ByteRange,
  operation: Operation,
  context: CopyContext,
  present: readonly ByteRange[] = [],
): Promise<readonly ByteRange[]> {
  const ranges = await rangesOf(operation, context, new Retry(context), present);
  const end = run.offset + run.sizeBytes;
  return ranges.filter(({ offset }) => offset >= run.offset && offset < end);
}

/** What an earlier try of a run has filled already. */
export function filledRanges(operation: Operation, context: CopyContext): Promise<readonly ByteRange[]> {
  return rangesAt(operation, context, new Retry(context));
}

/**
 * Ends a large file: when all of it is filled and its source is still the planned version, it gets its attributes and
 * times. Says which ranges are missing instead, when some are. A file that no longer bears the mark was finished by an
 * earlier try, or is somebody else's: `destination-changed`. Throws `CopyError`: `source-changed` too, also when an earlier try
 * has begun another version.
 */
export async function endFile(
  operation: Operation,
  context: CopyContext,
): Promise<Outcome | { readonly missing: readonly ByteRange[] }> {
  const retry = new Retry(context);
  const mark = markOf(operation, context);
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found?.smb?.creationTime !== mark || found?.sizeBytes !== operation.sizeBytes)
    return settleOther(found, operation, context, retry);
  const missing = await rangesOf(operation, context, retry, await filledRanges(operation, context));
  if (missing.length > 0) return { missing };
  await lookAtSource(operation, context, retry);
  const settings = await findSettings(operation, context, retry);
  const receipt = await finishFile(operation, context, retry, { settings, mark });
  return settled(operation, 'copied', operation.reason, receipt?.requestId);
}

/** What stands there is not what this job has begun, or not any more. */
async function settleOther(
  found: ListedObject | undefined,
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<Outcome> {
  if (found !== undefined && isFinished(found, operation, context))
    return settled(operation, 'copied', 'own-write-assumed');
  // It planned the object again, and had no time to say so.
  if (isUnfinished(found?.smb?.creationTime) && (await mayBeOwn(context, retry)))
    throw new CopyError('source-changed', 'an earlier try has begun a later version', { retryable: false });
  const text = 'the file is not the one that this job has begun';
  throw new CopyError('destination-changed', text, { retryable: false });
}
