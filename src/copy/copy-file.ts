import { isCopyError } from '../job/copy-error.js';
import type { Operation, SmbProperties } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import { isUnfinished } from '../job/unfinished-file.js';
import type { ByteRange, CopyReceipt, ListedObject } from '../storage/store.js';
import { destinationKey, sourceKey, type CopyContext } from './context.js';
import { lacksParent } from './file-keeper.js';
import { missingRanges, planRanges, unfinishedMark } from './file-ranges.js';
import { findSettings, keeperOf, makeParents, type WholeSettings } from './file-settings.js';
import { lookAtSource, needsDetails } from './look-at-source.js';
import { mayBeOwn } from './own-write.js';
import { aborted, type Retry } from './retry.js';
import { putRanges } from './put-ranges.js';
import { settled } from './settle.js';

/** From here on a slice whose time is up stops between two ranges, and leaves the rest to the next. */
const resumableBytes = 64 * 1024 * 1024;
/** From here on a source in Azure Files is asked which ranges it has. */
const sparseBytes = 16 * 1024 * 1024;

/**
 * Copies one object into a new file: created with its length and all that it is given, filled by ranges, then, where
 * filling or the service changed any of it, given its attributes and times again. None of it can be pinned; whoever calls
 * looks at the source again afterwards. A file that cannot be finished is deleted. Throws `CopyError`.
 */
export async function copyFile(operation: Operation, context: CopyContext, retry: Retry): Promise<Outcome> {
  const mark = markOf(operation, context);
  const earlier = await findEarlier(operation, context, retry, mark);
  if (earlier === 'finished') return settled(operation, 'copied', 'own-write-assumed');
  const settings = await findSettings(operation, context, retry);
  if (earlier === undefined) await createFile(operation, context, retry, { settings, mark });
  const fill = async (filling: CopyContext, present?: readonly ByteRange[]): Promise<Outcome> => {
    const ranges = await rangesOf(operation, context, retry, present);
    await putRanges(ranges, operation, filling);
    const receipt = await finishFile(operation, context, retry, { settings, mark });
    return settled(operation, 'copied', operation.reason, receipt?.requestId);
  };
  try {
    return await fill(operation.sizeBytes > resumableBytes ? context : toTheEnd(context), earlier).catch(
      async (error: unknown) => {
        if (earlier === undefined && (await isStoppedInShared(error, context)))
          return fill(toTheEnd(context), await rangesAt(operation, context, retry));
        // Another worker has finished the file meanwhile, perhaps without what this one has emptied; or has removed it.
        if (await unlockOwn(error, operation, context, retry))
          return fill(toTheEnd(context), await rangesAt(operation, context, retry));
        throw isGone(error) && (await mayBeOwn(context, retry)) ? aborted() : error;
      },
    );
  } catch (error) {
    if (!isCopyError(error) || error.code !== 'aborted') await removeFile(operation, context);
    throw error;
  }
}

/** What marks the file while it is filled, so that nobody takes it for a finished one; undefined for an empty file. */
export function markOf(operation: Operation, context: CopyContext): string | undefined {
  return operation.sizeBytes > 0
    ? unfinishedMark(context.source.source(sourceKey(operation, context), '').url, operation.etag)
    : undefined;
}

/**
 * A file that has been created is filled, whoever takes over meanwhile: another worker may have finished it just before,
 * and has reported it. Only filling a long one ends with the slice.
 */
function toTheEnd(context: CopyContext): CopyContext {
  return { ...context, shouldStop: () => false };
}

/** The time to stop has come in a file that was emptied here, and that another worker may have reported as copied. */
async function isStoppedInShared(error: unknown, context: CopyContext): Promise<boolean> {
  const isStopped = isCopyError(error) && error.code === 'aborted' && !context.signal.aborted;
  return isStopped && (await context.isShared?.()) === true;
}

/**
 * What an earlier try left, or another worker has made just now: the ranges of the unfinished file, or the finished one.
 * Neither may be created again: that would empty it, and who reported it finished will not fill it any more.
 */
async function findEarlier(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  mark: string | undefined,
): Promise<'finished' | readonly ByteRange[] | undefined> {
  if (!context.rerun) return undefined;
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found?.sizeBytes !== operation.sizeBytes) return undefined;
  if (mark !== undefined && found.smb?.creationTime === mark) {
    return rangesAt(operation, context, retry).catch((error: unknown) => {
      if (!isGone(error)) throw error;
      return undefined;
    });
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
): Promise<'finished' | readonly ByteRange[]> {
  const present = await rangesAt(operation, context, retry);
  if ((await rangesOf(operation, context, retry, present)).length === 0) return 'finished';
  const { destination, signal } = context;
  const again = { smb: { creationTime: mark, attributes: 'None' } };
  await retry.write(() => destination.setFile(destinationKey(operation, context), again, signal));
  return present;
}

function rangesAt(operation: Operation, context: CopyContext, retry: Retry): Promise<readonly ByteRange[]> {
  const { destination, signal } = context;
  return retry.read(() => destination.listRanges(destinationKey(operation, context), signal));
}

/** The file that was being filled is not there any more. */
function isGone(error: unknown): boolean {
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

interface Plan {
  readonly settings: WholeSettings;
  readonly mark: string | undefined;
}

/**
 * Also makes the directories that the file needs: those that the plan missed at once, others when the service says so.
 * Creating a file ends the one that stands there, so then its source is looked at before, unless that was just done.
 */
export async function createFile(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  { settings, mark }: Plan,
): Promise<void> {
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const isLookedAt = needsDetails(operation, context);
  if (operation.destinationEtag !== undefined && !isLookedAt) await lookAtSource(operation, context, retry);
  const { attributes, ...smb } = settings.smb;
  const begun = {
    ...settings,
    smb: {
      ...smb,
      // Nothing can be written into a file that is read-only.
      ...(attributes === undefined || isReadOnly(attributes) ? {} : { attributes }),
      ...(mark === undefined ? {} : { creationTime: mark }),
    },
  };
  const create = (): Promise<CopyReceipt> =>
    retry.write(async () => {
      await context.requireHold?.();
      return destination.createFile(key, operation.sizeBytes, begun, signal);
    });
  await makeParents(operation, context, retry);
  try {
    await create();
  } catch (error) {
    if (lacksParent(error)) await keeperOf(context).makeParents(key, 0, { destination, retry, signal });
    else if (!(await unlockOwn(error, operation, context, retry))) throw error;
    await create();
  }
}

/**
 * This job has made the file read-only: an earlier try with another version of the source, or another worker just now.
 * Takes that off again.
 */
async function unlockOwn(
  error: unknown,
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<boolean> {
  const isLocked = isCopyError(error) && error.code === 'destination-read-only';
  if (!isLocked || !(context.laterVersion === true || (await mayBeOwn(context, retry)))) return false;
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found === undefined || !isYoung(found, operation, context)) return false;
  await retry.write(() => destination.setFile(key, { smb: { attributes: 'None' } }, signal));
  return true;
}

/**
 * Takes the mark off a file that is filled, and gives it the attributes and times that filling it would have changed. No
 * request where creating it said everything.
 */
export async function finishFile(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  { settings, mark }: Plan,
): Promise<CopyReceipt | undefined> {
  const { permissionKey: _kept, ...smb } = settings.smb;
  const wasFilled = operation.sizeBytes > 0 && Object.keys(smb).length > 0;
  if (mark === undefined && !wasFilled && !isReadOnly(smb.attributes)) return undefined;
  const { destination, signal } = context;
  const creationTime = smb.creationTime ?? (mark === undefined ? undefined : 'now');
  const last = { ...settings, smb: { ...smb, ...(creationTime === undefined ? {} : { creationTime }) } };
  return retry.write(() => destination.setFile(destinationKey(operation, context), last, signal));
}

function isReadOnly(attributes: string | undefined): boolean {
  return /\bReadOnly\b/i.test(attributes ?? '');
}

/** A file of the right length with wrong content is worse than none. */
export async function removeFile(operation: Operation, context: CopyContext): Promise<void> {
  const { destination, signal } = context;
  try {
    await destination.delete(destinationKey(operation, context), '', signal);
  } catch (error) {
    // What failed first is what people are told; it may well be why this fails, too.
    if (!isCopyError(error)) throw error;
  }
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
