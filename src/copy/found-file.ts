import { isCopyError } from '../job/copy-error.js';
import type { Operation, SmbProperties } from '../job/operation.js';
import { isUnfinished } from '../job/unfinished-file.js';
import type { ByteRange, ListedObject } from '../storage/store.js';
import { destinationKey, type CopyContext } from './context.js';
import { missingRanges, planRanges } from './file-ranges.js';
import type { Retry } from './retry.js';

/** From here on a source in Azure Files is asked which ranges it has. */
const sparseBytes = 16 * 1024 * 1024;

/** A file that is not filled yet. */
export interface BegunFile {
  readonly present: readonly ByteRange[];
  /** Somebody has called it finished, and will not look again. */
  readonly isReported: boolean;
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
  const present = await rangesAt(operation, context, retry);
  if ((await rangesOf(operation, context, retry, present)).length === 0) return 'finished';
  const { destination, signal } = context;
  const again = { smb: { creationTime: mark, attributes: 'None' } };
  await retry.write(() => destination.setFile(destinationKey(operation, context), again, signal));
  return { present, isReported: true };
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

/** Another worker has made the file read-only, with all that belongs into it: to unlock it could only spoil it. */
export async function isWholeMeanwhile(
  error: unknown,
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<boolean> {
  if (!isLocked(error)) return false;
  const { destination, signal } = context;
  const found = await retry.read(() => destination.stat(destinationKey(operation, context), { signal }));
  if (found === undefined || !isFinished(found, operation, context)) return false;
  const present = await rangesAt(operation, context, retry);
  return (await rangesOf(operation, context, retry, present)).length === 0;
}

/** The file is read-only. Pure. */
export function isLocked(error: unknown): boolean {
  return isCopyError(error) && error.code === 'destination-read-only';
}

/** The file that was being filled is not there any more. Pure. */
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
export function isYoung(
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

/** The ranges that are still to be copied. */
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
      ? await retry.read(async () => source.listRanges?.(key, signal))
      : undefined;
  return missingRanges(planRanges(sizeBytes, stored), present);
}
