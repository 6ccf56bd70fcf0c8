import { isCopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import { destinationKey, type CopyContext } from './context.js';
import { markOf } from './found-file.js';
import type { Retry } from './retry.js';

/**
 * Deletes the file unless another worker has finished it: of the right length with wrong content it is worse than none.
 * Throws `CopyError`: then it may still be there, and its mark tells the next job.
 */
export async function removeUnfinished(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<void> {
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const mark = markOf(operation, context);
  const found = await retry.read(() => destination.stat(key, { signal }));
  if (found === undefined || (mark !== undefined && found.smb?.creationTime !== mark)) return;
  await retry.write(() => destination.delete(key, found.etag, signal));
}

/** Deletes the file, whatever its mark. Throws `CopyError`. */
export async function removeFile(operation: Operation, context: CopyContext, retry: Retry): Promise<void> {
  const { destination, signal } = context;
  await retry.write(() => destination.delete(destinationKey(operation, context), '', signal));
}

/** What failed before is what people are told; it may well be why this fails, too. Throws `aborted`. */
export async function asFarAsPossible(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isCopyError(error) || error.code === 'aborted') throw error;
  }
}
