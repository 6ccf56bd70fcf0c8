import type { Location } from './account.js';
import { foldCase } from './file-name.js';

/**
 * True when a write below one place may touch the other. A prefix that is empty or ends in `/` stands for everything
 * below it; any other prefix stands for exactly the object of that name. An empty container stands for all of them. Names
 * in a share are compared without case, as the service does.
 */
export function overlaps(left: Location, right: Location): boolean {
  if (left.account !== right.account || left.service !== right.service) return false;
  if (left.container === '' || right.container === '') return true;
  if (left.container !== right.container) return false;
  const [one, other] = [nameOf(left), nameOf(right)];
  return covers(one, other) || covers(other, one);
}

function nameOf({ service, prefix }: Location): string {
  return service === 'files' ? foldCase(prefix) : prefix;
}

function covers(outer: string, inner: string): boolean {
  return outer === '' || outer.endsWith('/') ? inner.startsWith(outer) : inner === outer;
}
