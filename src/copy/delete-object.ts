import { isCopyError } from '../job/copy-error.js';
import type { CopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import { destinationKey, sourceKey } from './context.js';
import type { CopyContext } from './context.js';
import { mayBeOwn } from './own-write.js';
import { Retry } from './retry.js';
import { refused, settled, settleError } from './settle.js';

/**
 * Deletes one extra. Two requests: one look at the source proves that the object is still absent there, then the delete
 * is pinned to the version that the plan saw. Anything but a clear "absent" from the source deletes nothing.
 *
 * Gone already at the destination: `deleted` when it may have been our own earlier delete, `skipped` as `vanished` when
 * it was somebody else's, so that deletes are never counted that nobody made. Throws only `aborted`. Safe to run twice.
 */
export async function deleteObject(operation: Operation, context: CopyContext): Promise<Outcome> {
  const retry = new Retry(context);
  try {
    const present = await retry.read(() =>
      context.source.stat(sourceKey(operation, context), { signal: context.signal }),
    );
    if (present !== undefined) return settled(operation, 'skipped', 'no-longer-extra');
    const { requestId } = await retry.write(() =>
      context.destination.delete(destinationKey(operation, context), operation.etag, context.signal),
    );
    return settled(operation, 'deleted', 'extra', requestId);
  } catch (error) {
    if (!isCopyError(error) || error.code !== 'destination-changed') return settleError(operation, error);
    return settleMismatch(operation, context, retry, error);
  }
}

/** A version that is not there may be gone or replaced: 404 says which, 412 needs a look when it may be our doing. */
async function settleMismatch(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
  error: CopyError,
): Promise<Outcome> {
  const maybeOurs = await mayBeOwn(context, retry);
  const gone = error.status === 404 || (maybeOurs && (await isGone(operation, context, retry)));
  if (!gone) return settleError(operation, error);
  return maybeOurs
    ? settled(operation, 'deleted', 'extra', error.requestId)
    : refused(operation, 'skipped', error, 'vanished');
}

/** False also when the look fails: then the refusal stands as it is. */
async function isGone(operation: Operation, context: CopyContext, retry: Retry): Promise<boolean> {
  try {
    const key = destinationKey(operation, context);
    const found = await retry.read(() => context.destination.stat(key, { signal: context.signal }));
    return found === undefined;
  } catch (error) {
    if (isCopyError(error) && error.code !== 'aborted') return false;
    throw error;
  }
}
