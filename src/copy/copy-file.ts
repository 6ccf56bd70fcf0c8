import { isCopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import type { ByteRange, CopyReceipt } from '../storage/store.js';
import { destinationKey, sourceKey, type CopyContext } from './context.js';
import { lacksParent } from './file-keeper.js';
import { unfinishedMark } from './file-ranges.js';
import { findSettings, keeperOf, makeParents, type WholeSettings } from './file-settings.js';
import {
  findEarlier,
  isGone,
  isLocked,
  isReadOnly,
  isWholeMeanwhile,
  isYoung,
  rangesAt,
  rangesOf,
} from './found-file.js';
import { lookAtSource, needsDetails } from './look-at-source.js';
import { mayBeOwn } from './own-write.js';
import { aborted, type Retry } from './retry.js';
import { putRanges } from './put-ranges.js';
import { settled } from './settle.js';

/** From here on a slice whose time is up stops between two ranges, and leaves the rest to the next. */
const resumableBytes = 64 * 1024 * 1024;

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
    const canRest = operation.sizeBytes > resumableBytes && earlier?.isReported !== true;
    return await fill(canRest ? context : toTheEnd(context), earlier?.present).catch(
      async (error: unknown) => {
        if (earlier === undefined && (await isStoppedInShared(error, context)))
          return fill(toTheEnd(context), await rangesAt(operation, context, retry));
        // Another worker has finished the file meanwhile, perhaps without what this one has emptied; or has removed it.
        if (await isWholeMeanwhile(error, operation, context, retry))
          return settled(operation, 'copied', 'own-write-assumed');
        if (await unlockOwn(error, operation, context, retry))
          return fill(toTheEnd(context), await rangesAt(operation, context, retry));
        throw isGone(error) && (await mayBeOwn(context, retry)) ? aborted() : error;
      },
    );
  } catch (error) {
    if (!isCopyError(error) || error.code !== 'aborted') await removeUnfinished(operation, context, mark);
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
  if (!isLocked(error) || !(context.laterVersion === true || (await mayBeOwn(context, retry)))) return false;
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

/** Removes the file unless another worker has finished it: that one has reported it. */
async function removeUnfinished(
  operation: Operation,
  context: CopyContext,
  mark: string | undefined,
): Promise<void> {
  const { destination, signal } = context;
  try {
    const found = await destination.stat(destinationKey(operation, context), { signal });
    if (mark !== undefined && found?.smb?.creationTime !== mark) return;
  } catch (error) {
    // Whether it is finished cannot be known: the mark tells the next job.
    if (!isCopyError(error)) throw error;
    return;
  }
  await removeFile(operation, context);
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
