import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import { pinOf } from './choose-request.js';
import { destinationKey, type CopyContext } from './context.js';
import { findSettings, keeperOf, makeParents } from './file-settings.js';
import type { Retry } from './retry.js';
import { settled } from './settle.js';

/**
 * Copies a directory as an object of its own: in Azure Files with its attributes, times and permission, in the Blob
 * service as the empty object that other tools know as one, too. One that is there is given what the source's has. Throws
 * `CopyError`.
 */
export async function copyDirectory(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<Outcome> {
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  if (!destination.capabilities.directories) {
    const settings = { copyProperties: false, metadata: { hdi_isfolder: 'true' } };
    const receipt = await retry.write(() => destination.commit(key, [], pinOf(operation), settings, signal));
    return settled(operation, 'copied', operation.reason, receipt.requestId);
  }
  const settings = await findSettings(operation, context, retry);
  await makeParents(operation, context, retry);
  const made = await keeperOf(context).makeDirectory(key, settings, { destination, retry, signal });
  if (!made && Object.keys(settings.smb).length > 0) {
    await retry
      .write(() => destination.setDirectory(key, settings, signal))
      .catch((error: unknown) => {
        throw metFile(error);
      });
  }
  return settled(operation, 'copied', operation.reason);
}

/** The service says of a file, too, that the directory is there already, and then finds no directory of its name. */
function metFile(error: unknown): unknown {
  return isCopyError(error) && error.serviceCode === 'ResourceNotFound'
    ? new CopyError('destination-exists', 'a file stands where the directory is to be', error.toJSON())
    : error;
}
