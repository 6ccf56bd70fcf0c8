import type { ManifestRow } from '../job/manifest.js';
import type { ListedObject } from '../storage/store.js';

/** Which part of a container a manifest is compared with. */
export interface ManifestPlace {
  /** Prefix that is taken off keys to make them those of the manifest. */
  readonly base: string;
  /** The point whose objects lie there. */
  readonly home: string;
}

/** The rows of the n-th page of a manifest; undefined behind the last. A page may be empty. */
export type ReadManifestPage = (page: number) => Promise<readonly ManifestRow[] | undefined>;

/** What a row says of its object, as a listing of the source would have said it then; `homeOf` tells where it lies. */
export function listedRow(row: ManifestRow, base: string): ListedObject {
  const { key, sizeBytes, etag, lastModified, home, tags, tier, writtenAt } = row;
  return {
    key: base + key,
    sizeBytes,
    etag,
    lastModified,
    blobType: 'BlockBlob',
    properties: {},
    metadata: { home },
    ...(tags === undefined ? {} : { tags }),
    ...(tier === undefined ? {} : { tier }),
    ...(writtenAt === undefined ? {} : { smb: { lastWriteTime: writtenAt } }),
  };
}

/** The point that holds an object that a manifest lists. */
export function homeOf(object: ListedObject): string {
  return object.metadata['home'] ?? '';
}

/** An object that a manifest names and its container does not have. */
export function lostObject(row: ManifestRow, base: string): ListedObject {
  return { ...listedRow(row, base), etag: '' };
}

/** True for a {@link lostObject}. Directories may have no ETag of their own. */
export function isLost({ etag, kind }: ListedObject): boolean {
  return etag === '' && kind === undefined;
}

/**
 * A backup's copy with the access tier that the source had at that point in time, which may be another than when it was
 * copied. Not for archives: a copy in one must be seen as such, and nothing is restored into one.
 */
export function asBackedUp(copy: ListedObject, { tier }: ManifestRow): ListedObject {
  return tier === undefined || [tier, copy.tier].includes('Archive')
    ? copy
    : { ...copy, tier, tierInferred: false };
}
