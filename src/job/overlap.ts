import type { Location } from './account.js';

/**
 * True when a write below one place may touch the other. A prefix that is empty or ends in `/` stands for everything
 * below it; any other prefix stands for exactly the object of that name. An empty container stands for all of them.
 */
export function overlaps(left: Location, right: Location): boolean {
  if (left.account !== right.account || left.service !== right.service) return false;
  if (left.container === '' || right.container === '') return true;
  if (left.container !== right.container) return false;
  return covers(left.prefix, right.prefix) || covers(right.prefix, left.prefix);
}

function covers(outer: string, inner: string): boolean {
  return outer === '' || outer.endsWith('/') ? inner.startsWith(outer) : inner === outer;
}
