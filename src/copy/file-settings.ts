import type { Operation, SmbProperties } from '../job/operation.js';
import type { FileSettings } from '../storage/store.js';
import { destinationKey, type CopyContext } from './context.js';
import { FileKeeper } from './file-keeper.js';
import { withDetails } from './look-at-source.js';
import type { Retry } from './retry.js';

/** Everything a file is given beside its content, complete. */
export interface WholeSettings extends FileSettings {
  readonly smb: SmbProperties;
}

/**
 * Finds out what the new file is given. What the plan could not know is asked for by one look at the source, which must
 * still be the planned version: `source-changed` otherwise, `source-not-found` when it is gone.
 */
export async function findSettings(
  operation: Operation,
  context: CopyContext,
  retry: Retry,
): Promise<WholeSettings> {
  const { settings } = context;
  const told = await withDetails(operation, context, retry);
  const metadata = settings.metadata ?? (settings.preserveMetadata ? told.metadata : undefined);
  const properties = { ...(settings.preserveProperties ? told.properties : {}), ...settings.properties };
  return {
    properties,
    ...(metadata === undefined ? {} : { metadata }),
    ...(told.md5 === undefined ? {} : { md5: told.md5 }),
    smb: await carriedSmb(operation, context, retry),
  };
}

async function carriedSmb(operation: Operation, context: CopyContext, retry: Retry): Promise<SmbProperties> {
  const { permissionKey, ...info } = operation.smb ?? {};
  if (permissionKey === undefined) return info;
  const { source, destination, signal } = context;
  const key = await keeperOf(context).permission(permissionKey, source, { destination, retry, signal });
  return { ...info, permissionKey: key };
}

/** The slice's, or one for this object alone. */
export function keeperOf(context: CopyContext): FileKeeper {
  return context.files ?? new FileKeeper();
}

/** Makes what the plan did not see of the directories above the object. */
export function makeParents(operation: Operation, context: CopyContext, retry: Retry): Promise<void> {
  const { destination, signal } = context;
  const key = destinationKey(operation, context);
  const present = operation.presentDirectories ?? Number.POSITIVE_INFINITY;
  return keeperOf(context).makeParents(key, present, { destination, retry, signal });
}
