import { isCopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import { isUnfinished } from '../job/unfinished-file.js';
import type { ByteRange, CopyReceipt, ListedObject } from '../storage/store.js';
import { destinationKey, sourceKey, type CopyContext } from './context.js';
import { lacksParent } from './file-keeper.js';
import { missingRanges, planRanges, unfinishedMark } from './file-ranges.js';
import { findSettings, keeperOf, makeParents, type WholeSettings } from './file-settings.js';
import { lookAtSource, needsDetails } from './look-at-source.js';
import type { Retry } from './retry.js';
import { putRanges } from './put-ranges.js';
import { settled } from './settle.js';

/** From here on a later try looks for what an earlier one has filled, and goes on with it. */
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
  try {
    await putRanges(await rangesOf(operation, context, retry, earlier), operation, context);
    const receipt = await finishFile(operation, context, retry, { settings, mark });
    return settled(operation, 'copied', operation.reason, receipt?.requestId);
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

/** What an earlier try left: the ranges of its unfinished file, or the finished one. */
async function findEarlier(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  mark: string | undefined,
): Promise<'finished' | readonly ByteRange[] | undefined> {
  if (!context.rerun || operation.sizeBytes <= resumableBytes) return undefined;
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found?.sizeBytes !== operation.sizeBytes) return undefined;
  if (found.smb?.creationTime === mark) return retry.read(() => destination.listRanges(key, signal));
  return isFinished(found, operation, context.since) ? 'finished' : undefined;
}

/** True when the file can only be this operation's: of its size, written since, with the source's time where that is kept. */
export function isFinished(found: ListedObject, operation: Operation, since: string): boolean {
  const { lastWriteTime } = operation.smb ?? {};
  if (found.etag === operation.destinationEtag || isUnfinished(found.smb?.creationTime)) return false;
  const isYoung = Date.parse(found.lastModified) >= Math.floor(Date.parse(since) / 1000) * 1000;
  return isYoung && (lastWriteTime === undefined || found.smb?.lastWriteTime === lastWriteTime);
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
    retry.write(() => destination.createFile(key, operation.sizeBytes, begun, signal));
  await makeParents(operation, context, retry);
  try {
    await create();
  } catch (error) {
    if (!lacksParent(error)) throw error;
    await keeperOf(context).makeParents(key, 0, { destination, retry, signal });
    await create();
  }
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
  if (mark === undefined && !wasFilled && !isReadOnly(smb.attributes ?? '')) return undefined;
  const { destination, signal } = context;
  const creationTime = smb.creationTime ?? (mark === undefined ? undefined : 'now');
  const last = { ...settings, smb: { ...smb, ...(creationTime === undefined ? {} : { creationTime }) } };
  return retry.write(() => destination.setFile(destinationKey(operation, context), last, signal));
}

function isReadOnly(attributes: string): boolean {
  return /\bReadOnly\b/i.test(attributes);
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
