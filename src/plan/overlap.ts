import type { Location } from '../job/account.js';
import type { Source } from '../job/job-spec.js';
import { overlaps } from '../job/overlap.js';

/**
 * True when a job could read what it writes itself. A single object only meets a destination of exactly its own name.
 */
export function sourceOverlapsDestination(source: Source, destination: Location): boolean {
  const { location } = source;
  const read = source.kind === 'object' ? { ...location, prefix: source.key } : location;
  return overlaps(read, destination);
}
