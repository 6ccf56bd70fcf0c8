import { isCopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import type { ByteRange, CopyReceipt } from '../storage/store.js';
import { destinationKey, type CopyContext } from './context.js';
import { lacksParent } from './file-keeper.js';
import { findSettings, keeperOf, makeParents, type WholeSettings } from './file-settings.js';
import { findEarlier, isGone, isReadOnly, markOf, rangesAt, rangesOf, unlockOwn } from './found-file.js';
import { lookAtSource, needsDetails } from './look-at-source.js';
import { mayBeOwn } from './own-write.js';
import { aborted, type Retry } from './retry.js';
import { putRanges } from './put-ranges.js';
import { asFarAsPossible, removeUnfinished } from './remove-file.js';
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
  if (earlier === undefined && !(await createFile(operation, context, retry, { settings, mark })))
    return settled(operation, 'copied', 'own-write-assumed');
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
        const locked = await unlockOwn(error, operation, context, retry);
        if (locked === 'finished') return settled(operation, 'copied', 'own-write-assumed');
        if (locked === 'unlocked') return fill(toTheEnd(context), await rangesAt(operation, context, retry));
        throw isGone(error) && (await mayBeOwn(context, retry)) ? aborted() : error;
      },
    );
  } catch (error) {
    if (!isCopyError(error) || error.code !== 'aborted')
      await asFarAsPossible(removeUnfinished(operation, context, retry));
    throw error;
  }
}

/** A file that has been created is filled; only a long one is left to the next slice when the time is up. */
function toTheEnd(context: CopyContext): CopyContext {
  return { ...context, shouldStop: () => false };
}

interface Plan {
  readonly settings: WholeSettings;
  readonly mark: string | undefined;
}

/**
 * Also makes the directories that the file needs: those that the plan missed at once, others when the service says so.
 * Creating a file ends the one that stands there, so then its source is looked at before, unless that was just done.
 * False: nothing was created, for another worker has finished the file.
 */
export async function createFile(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  { settings, mark }: Plan,
): Promise<boolean> {
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
    retry.write(() => destination.createFile(key, operation.sizeBytes, begun, signal));
  await makeParents(operation, context, retry);
  try {
    await create();
  } catch (error) {
    const locked = await unlockOwn(error, operation, context, retry);
    if (locked === 'finished') return false;
    if (lacksParent(error)) await keeperOf(context).makeParents(key, 0, { destination, retry, signal });
    else if (locked !== 'unlocked') throw error;
    await create();
  }
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
