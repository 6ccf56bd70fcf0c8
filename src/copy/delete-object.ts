import { CopyError, isCopyError } from '../job/copy-error.js';
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
    if (await isPresent(operation, context, retry)) return settled(operation, 'skipped', 'no-longer-extra');
    if (!context.destination.capabilities.writePins) await requirePlanned(operation, context, retry);
    const { requestId } = await retry.write(() =>
      context.destination.delete(destinationKey(operation, context), operation.etag, context.signal),
    );
    return settled(operation, 'deleted', 'extra', requestId);
  } catch (error) {
    if (!isCopyError(error) || error.code !== 'destination-changed') return settleError(operation, error);
    return settleMismatch(operation, context, retry, error);
  }
}

/** A name that the source's service does not take is no name of an object there. */
async function isPresent(operation: Operation, context: CopyContext, retry: Retry): Promise<boolean> {
  try {
    const found = await retry.read(() =>
      context.source.stat(sourceKey(operation, context), { signal: context.signal }),
    );
    return found !== undefined;
  } catch (error) {
    if (isCopyError(error) && error.code === 'name-not-allowed') return false;
    throw error;
  }
}

/** One look instead of a pin, where the service has none. */
async function requirePlanned(operation: Operation, context: CopyContext, retry: Retry): Promise<void> {
  const found = await retry.read(() =>
    context.destination.stat(destinationKey(operation, context), { signal: context.signal }),
  );
  if (found?.etag === operation.etag) return;
  const status = found === undefined ? { status: 404 } : {};
  throw new CopyError('destination-changed', 'delete: not what was planned', { retryable: false, ...status });
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
