import type { KeyOrder } from '../job/account.js';
import type { ManifestRow } from '../job/manifest.js';
import type { Operation, Skip } from '../job/operation.js';
import { keyComparator } from './key-order.js';
import type { SegmentDraft } from './segment.js';

/**
 * What a segment of a backup adds to the manifest, in listing order: what was copied lies in the new point, what was
 * the same where it lay before. Skipped otherwise (filters, vanished) is no part of the point. Pure.
 */
export function manifestRows(
  draft: SegmentDraft,
  point: string,
  order: KeyOrder,
  wasCopied: (operation: Operation) => boolean,
): readonly ManifestRow[] {
  const compare = keyComparator(order);
  const copied = [...draft.copies, ...draft.large]
    .filter(wasCopied)
    .map((operation) => rowOf(operation, point));
  const kept = draft.skips.flatMap(keptRow);
  return [...copied, ...kept].sort((left, right) => compare(left.key, right.key));
}

function rowOf({ key, sizeBytes, etag, lastModified, noted }: Operation, home: string): ManifestRow {
  return { key, sizeBytes, etag, lastModified, home, ...noted };
}

function keptRow({ key, sizeBytes, kept }: Skip): readonly ManifestRow[] {
  return kept === undefined ? [] : [{ key, sizeBytes, ...kept }];
}
