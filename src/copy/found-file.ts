import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Operation, SmbProperties } from '../job/operation.js';
import { isUnfinished } from '../job/unfinished-file.js';
import type { ByteRange, ListedObject } from '../storage/store.js';
import { destinationKey, sourceKey, type CopyContext } from './context.js';
import { missingRanges, planRanges, unfinishedMark } from './file-ranges.js';
import { mayBeOwn } from './own-write.js';
import type { Retry } from './retry.js';

/** From here on a source in Azure Files is asked which ranges it has. */
const sparseBytes = 16 * 1024 * 1024;

/** A file that is not filled yet. */
export interface BegunFile {
  readonly present: readonly ByteRange[];
  /** Somebody has called it finished, and will not look again. */
  readonly isReported: boolean;
}

/** What marks the file while it is filled, so that nobody takes it for a finished one; undefined for an empty file. */
export function markOf(operation: Operation, context: CopyContext): string | undefined {
  return operation.sizeBytes > 0
    ? unfinishedMark(context.source.source(sourceKey(operation, context), '').url, operation.etag)
    : undefined;
}

/**
 * What an earlier try left, or another worker has made just now: the ranges of the unfinished file, or the finished one.
 * Neither may be created again: that would empty it, and who reported it finished will not fill it any more.
 */
export async function findEarlier(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  mark: string | undefined,
): Promise<'finished' | BegunFile | undefined> {
  if (!context.rerun) return undefined;
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found?.sizeBytes !== operation.sizeBytes) return undefined;
  if (mark !== undefined && found.smb?.creationTime === mark) {
    return rangesAt(operation, context, retry).then(
      (present) => ({ present, isReported: false }),
      (error: unknown) => {
        if (!isGone(error)) throw error;
        return undefined;
      },
    );
  }
  if (!isFinished(found, operation, context)) return undefined;
  return mark === undefined ? 'finished' : findHollow(operation, context, retry, mark);
}

/**
 * Two workers with one step can leave a file that bears no mark and was emptied before its end: one creates it after the
 * other has filled it. It gets the mark again, and is not read-only any more.
 */
async function findHollow(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  mark: string,
): Promise<'finished' | BegunFile> {
  const { present, isWhole } = await lookAtRanges(operation, context, retry);
  if (isWhole) return 'finished';
  const { destination, signal } = context;
  const again = { smb: { creationTime: mark, attributes: 'None' } };
  await retry.write(() => destination.setFile(destinationKey(operation, context), again, signal));
  return { present, isReported: true };
}

/** The ranges that the file has by now, and whether that is all that it must have. */
async function lookAtRanges(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<{ readonly present: readonly ByteRange[]; readonly isWhole: boolean }> {
  const present = await rangesAt(operation, context, retry);
  const missing = await rangesOf(operation, context, retry, present);
  return { present, isWhole: missing.length === 0 };
}

/** The ranges that the file has by now. Throws `CopyError`. */
export function rangesAt(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<readonly ByteRange[]> {
  const { destination, signal } = context;
  return retry.read(() => destination.listRanges(destinationKey(operation, context), signal));
}

/**
 * What became of a file that cannot be written because it is read-only. `finished`: another worker has made it so, with all
 * that belongs into it. `unlocked`: this job has made it so, with an earlier version of the source or without all of
 * its content, and that was taken off again. Undefined: it is no such file, or no such refusal.
 */
export async function unlockOwn(
  error: unknown,
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<'finished' | 'unlocked' | undefined> {
  const isLocked = isCopyError(error) && error.code === 'destination-read-only';
  if (!isLocked || !(context.laterVersion === true || (await mayBeOwn(context, retry)))) return undefined;
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found === undefined || !isYoung(found, operation, context)) return undefined;
  if (isFinished(found, operation, context) && (await lookAtRanges(operation, context, retry)).isWhole)
    return 'finished';
  await retry.write(() => destination.setFile(key, { smb: { attributes: 'None' } }, signal));
  return 'unlocked';
}

/** The file is not there any more. Pure. */
export function isGone(error: unknown): boolean {
  return isCopyError(error) && error.serviceCode === 'ResourceNotFound' && error.code === 'bad-request';
}

/**
 * True when the file can only be this operation's: of its size, written since, with the MD5 that both sides know, with the
 * source's time and ReadOnly where those are kept. False for every file while the version is copied that came after the
 * planned one: what stands there may be the planned one.
 */
export function isFinished(
  found: ListedObject,
  operation: Operation,
  context: Pick<CopyContext, 'since' | 'laterVersion'>,
): boolean {
  if (context.laterVersion === true || found.sizeBytes !== operation.sizeBytes) return false;
  if (!isYoung(found, operation, context) || isUnfinished(found.smb?.creationTime)) return false;
  const sameMd5 = operation.md5 === undefined || found.md5 === undefined || operation.md5 === found.md5;
  return sameMd5 && hasKept(operation.smb, found.smb);
}

function hasKept(wanted: SmbProperties = {}, found: SmbProperties = {}): boolean {
  const { lastWriteTime, attributes } = wanted;
  const sameLock = attributes === undefined || isReadOnly(attributes) === isReadOnly(found.attributes);
  return sameLock && (lastWriteTime === undefined || found.lastWriteTime === lastWriteTime);
}

/** Not what the plan saw, and written since the unit was first taken. */
function isYoung(
  { etag, lastModified }: ListedObject,
  { destinationEtag }: Operation,
  { since }: Pick<CopyContext, 'since'>,
): boolean {
  // Last-Modified has whole seconds.
  const sinceMs = Math.floor(Date.parse(since) / 1000) * 1000;
  return etag !== destinationEtag && Date.parse(lastModified) >= sinceMs;
}

/** True for SMB attributes with ReadOnly among them. Pure. */
export function isReadOnly(attributes: string | undefined): boolean {
  return /\bReadOnly\b/i.test(attributes ?? '');
}

/** The ranges that are still to be copied. Throws `CopyError`: `source-not-found` too. */
export async function rangesOf(
  operation: Operation,
  { source, pair, signal }: CopyContext,
  retry: Retry,
  present: readonly ByteRange[] = [],
): Promise<readonly ByteRange[]> {
  const { sizeBytes } = operation;
  const key = pair.sourceBase + operation.key;
  const stored =
    source.capabilities.ranges && sizeBytes > sparseBytes
      ? await retry.read(async () => source.listRanges?.(key, signal)).catch(throwGoneSource)
      : undefined;
  return missingRanges(planRanges(sizeBytes, stored), present);
}

/** The service says the same of both ends. */
function throwGoneSource(error: unknown): never {
  throw isGone(error) ? new CopyError('source-not-found', 'the source is gone', { retryable: false }) : error;
}
