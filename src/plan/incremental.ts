import { decide, type Decision, type DiffInput, skipped } from './diff.js';
import { homeOf } from './manifest-listing.js';

/**
 * Decides what an incremental backup does with one object. `destination` is what the manifest of the backup before says:
 * the same ETag is the same object, and stays where it lies; anything else is copied into the new folder, where nothing
 * is yet. What does not change an ETag (index tags, access tier) is no change. Pure.
 */
export function decideIncremental(input: DiffInput): Decision {
  const { source, destination } = input;
  if (destination?.etag === source.etag) {
    const { etag, lastModified } = source;
    const { skip } = skipped(input, 'same');
    return { kind: 'skip', skip: { ...skip, kept: { etag, lastModified, home: homeOf(destination) } } };
  }
  const decision = decide({ ...input, destination: undefined });
  return decision.kind === 'copy' && destination !== undefined
    ? { kind: 'copy', operation: { ...decision.operation, reason: 'different' } }
    : decision;
}
