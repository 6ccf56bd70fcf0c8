import type { Location } from '../job/account.js';
import type { Source } from '../job/job-spec.js';

/**
 * True when an object could lie in both places: the same account, the same container (or one side is the whole
 * account), and one prefix continuing the other. Prefixes are plain text, so `a` and `ab/` overlap.
 */
export function overlaps(a: Location, b: Location): boolean {
  if (a.account !== b.account) {
    return false;
  }
  if (a.container === '' || b.container === '') {
    return true;
  }
  return a.container === b.container && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}

/**
 * True when a job could read what it writes itself. A single object only meets a destination of exactly its own name.
 */
export function sourceOverlapsDestination(source: Source, destination: Location): boolean {
  const { location } = source;
  return source.kind === 'object'
    ? location.account === destination.account &&
        location.container === destination.container &&
        source.key === destination.prefix
    : overlaps(location, destination);
}
