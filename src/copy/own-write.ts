import type { Operation } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import type { CopyContext } from './context.js';
import type { Retry } from './retry.js';

/**
 * Whether what stands at the destination is the write that this operation asked for. `same`: equal length and MD5.
 * `assumed`: one side has no MD5, but the length is equal and it was written since the unit was first taken. Pure.
 */
export function compareOwnWrite(
  operation: Operation,
  found: ListedObject | undefined,
  since: string,
): 'same' | 'assumed' | undefined {
  if (found === undefined || found.etag === operation.destinationEtag) return undefined;
  if (found.sizeBytes !== operation.sizeBytes) return undefined;
  if (operation.md5 !== undefined && found.md5 !== undefined) {
    return operation.md5 === found.md5 ? 'same' : undefined;
  }
  // Last-Modified has whole seconds: a write in the second in which the unit was taken is still ours.
  const sinceMs = Math.floor(Date.parse(since) / 1000) * 1000;
  return Date.parse(found.lastModified) >= sinceMs ? 'assumed' : undefined;
}

/**
 * True when a change at the destination may be ours: the unit was worked on before, a write got no clear answer, or a
 * second worker has the unit. Else it is somebody else's. Throws `aborted`.
 */
export async function mayBeOwn(context: CopyContext, retry: Retry): Promise<boolean> {
  return context.rerun || retry.unknownWrite || (await context.isShared?.()) === true;
}
