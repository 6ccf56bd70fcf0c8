import { CopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import { sourceKey, type CopyContext } from './context.js';
import type { Retry } from './retry.js';

/** One look at the source, which must still be the planned version: else `source-changed`, `source-not-found` when gone. */
export async function lookAtSource(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<ListedObject> {
  const found = await retry.read(() =>
    context.source.stat(sourceKey(operation, context), { signal: context.signal }),
  );
  if (found === undefined) {
    throw new CopyError('source-not-found', 'the source is gone', { retryable: false });
  }
  if (found.etag !== operation.etag) {
    throw new CopyError('source-changed', 'the source is no longer the planned version', {
      retryable: false,
    });
  }
  return found;
}

/**
 * True when no request can copy another version of the source than is asked for, be it of a file in a share: it is read
 * from a snapshot, or each request is refused then. Else the source is looked at again afterwards. Pure.
 */
export function isPinned({ source, destination }: Pick<CopyContext, 'source' | 'destination'>): boolean {
  const { sourcePins, frozen } = source.capabilities;
  return frozen || (sourcePins && !destination.capabilities.ranges);
}

/** True when only a look at the source tells all that the copy is given. */
export function needsDetails(operation: Operation, { settings }: CopyContext): boolean {
  const isTold = operation.metadata !== undefined && operation.properties !== undefined;
  return !isTold && operation.unlisted === true && (settings.preserveMetadata || settings.preserveProperties);
}

/** The operation with what the plan could not know of its source, by one look where it needs any. */
export async function withDetails(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<Operation> {
  if (!needsDetails(operation, context)) return operation;
  const { properties, metadata, md5 } = await lookAtSource(operation, context, retry);
  return { metadata, ...operation, properties, ...(md5 === undefined ? {} : { md5 }) };
}
