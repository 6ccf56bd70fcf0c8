import type { Operation, SmbProperties } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import { carriedSettings } from './choose-request.js';
import type { CopySettings } from './context.js';

/**
 * The operation for another version of its source, carrying what the scan would have made it carry. The destination's
 * pin stays as planned. Tags are those of `found`, so it must have been looked at with them. Pure.
 */
export function planNewVersion(planned: Operation, found: ListedObject, settings: CopySettings): Operation {
  const { action, pair, key, reason, destinationEtag, destinationKey, presentDirectories } = planned;
  const tier = settings.tier === 'off' || found.tierInferred === true ? undefined : found.tier;
  return {
    action,
    pair,
    key,
    reason,
    ...(destinationEtag === undefined ? {} : { destinationEtag }),
    ...(destinationKey === undefined ? {} : { destinationKey }),
    ...(presentDirectories === undefined ? {} : { presentDirectories }),
    ...(planned.smb === undefined ? {} : { smb: sameOf(planned.smb, found.smb ?? {}) }),
    sizeBytes: found.sizeBytes,
    etag: found.etag,
    lastModified: found.lastModified,
    ...(found.md5 === undefined ? {} : { md5: found.md5 }),
    ...(tier === undefined ? {} : { tier }),
    ...(found.tags === undefined ? {} : { tags: found.tags }),
    ...carriedSettings(found, settings),
  };
}

/** What of the new version was carried of the old. */
function sameOf(planned: SmbProperties, found: SmbProperties): SmbProperties {
  const kept: Partial<Record<keyof SmbProperties, string>> = {};
  for (const name of ['attributes', 'creationTime', 'lastWriteTime', 'permissionKey'] as const) {
    const value = planned[name] === undefined ? undefined : found[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
