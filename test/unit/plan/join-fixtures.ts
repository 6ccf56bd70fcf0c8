import type { Join, JoinedRow } from '../../../src/plan/join.js';
import type { ListingOptions } from '../../../src/plan/listing.js';
import { listed, PagedStore, type PagedStoreOptions } from './plan-fixtures.js';

/** A listing from its begin to its end, without tags and without delay. */
export const wholeListing: Omit<ListingOptions, 'store'> = {
  prefix: '',
  base: '',
  tags: false,
  cursor: {},
  missing: false,
  attempt: (request) => request(),
  signal: new AbortController().signal,
};

/** A store with an object under each key. */
export function store(keys: readonly string[], options?: PagedStoreOptions): PagedStore {
  return new PagedStore(
    keys.map((key) => listed(key)),
    options,
  );
}

/** One side of a join over the whole store. */
export function side(of: PagedStore, changes: Partial<ListingOptions> = {}): ListingOptions {
  return { store: of, ...wholeListing, ...changes };
}

/** Keys in ascending order. */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(5, '0'));
}

/** Takes up to `limit` rows, looking at one more. */
export async function drain(join: Join, limit = Infinity): Promise<JoinedRow[]> {
  const rows: JoinedRow[] = [];
  for (let row = await join.peek(); row !== undefined && rows.length < limit; row = await join.peek()) {
    join.take(row);
    rows.push(row);
  }
  return rows;
}

/** Rows in short: which sides are there, and the key. */
export function shape(rows: readonly JoinedRow[]): string[] {
  return rows.map(
    ({ key, source, destination }) =>
      `${source === undefined ? '' : 's'}${destination === undefined ? '' : 'd'} ${key}`,
  );
}
