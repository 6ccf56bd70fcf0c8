import { CopyError } from '../job/copy-error.js';
import type { ManifestRow } from '../job/manifest.js';
import type { ListedObject, ListOptions, ListPage, ObjectStore } from '../storage/store.js';
import { keyComparator, type KeyComparator } from './key-order.js';
import {
  asBackedUp,
  listedRow,
  lostObject,
  type ManifestPlace,
  type ReadManifestPage,
} from './manifest-object.js';
import { restoredDirectories } from './manifest-tree.js';

/**
 * A container that lists a manifest instead of itself: what the last backup has, as it stood at the source. Everything
 * but `list` is the container's own. The token of a page is its number.
 */
export function manifestListing(store: ObjectStore, base: string, readPage: ReadManifestPage): ObjectStore {
  return overlay(store, async ({ prefix, token }) => {
    const page = Number(token ?? '0');
    const rows = await readPage(page);
    if (rows === undefined) return { objects: [] };
    const objects = rows.map((row) => listedRow(row, base)).filter(({ key }) => key.startsWith(prefix));
    return { objects, next: String(page + 1) };
  });
}

/**
 * A container that lists only what the manifest says lies in this place. What the manifest has and the container has
 * not is listed as lost. The token holds the container's own and the number of the manifest's page.
 */
export function restoredListing(
  store: ObjectStore,
  place: ManifestPlace,
  readPage: ReadManifestPage,
): ObjectStore {
  const { base, home } = place;
  const compare = keyComparator(store.capabilities.order);
  const list = async (options: ListOptions): Promise<ListPage> => {
    const from = positionOf(options.token);
    const { token: _, ...rest } = options;
    const page = await store.list({ ...rest, ...(from.token === undefined ? {} : { token: from.token }) });
    const upTo = page.next === undefined ? undefined : page.objects.at(-1)?.key.slice(base.length);
    if (page.next !== undefined && upTo === undefined) {
      return { objects: [], next: tokenOf({ ...from, token: page.next }) };
    }
    const wanted = await rowsUpTo(readPage, from, upTo, compare);
    const objects = joined(
      page,
      wanted.rows.filter((row) => row.home === home),
      base,
      compare,
    );
    return page.next === undefined
      ? { objects }
      : {
          objects,
          next: tokenOf({
            token: page.next,
            page: wanted.page,
            ...(upTo === undefined ? {} : { after: upTo }),
          }),
        };
  };
  return { ...overlay(store, list), listDirectory: restoredDirectories(store, place, readPage) };
}

/** A container with nothing in it: whatever the other side has is an extra. */
export function emptyListing(store: ObjectStore): ObjectStore {
  const nothing = (): Promise<ListPage> => Promise.resolve({ objects: [] });
  return { ...overlay(store, nothing), listDirectory: nothing, stat: () => Promise.resolve(undefined) };
}

interface Position {
  /** The container's. */
  readonly token?: string;
  /** The manifest's page with the next row. */
  readonly page: number;
  /** The last key that was compared. */
  readonly after?: string;
}

function positionOf(token: string | undefined): Position {
  return token === undefined ? { page: 0 } : (JSON.parse(token) as Position);
}

function tokenOf(position: Position): string {
  return JSON.stringify(position);
}

/** The manifest's rows behind `after`, up to and with `upTo`; all that follow when that is undefined. */
async function rowsUpTo(
  readPage: ReadManifestPage,
  { page: first, after }: Position,
  upTo: string | undefined,
  compare: KeyComparator,
): Promise<{ readonly rows: readonly ManifestRow[]; readonly page: number }> {
  const rows: ManifestRow[] = [];
  for (let page = first; ; page += 1) {
    const next = await readPage(page);
    if (next === undefined) return { rows, page };
    for (const row of next) {
      if (upTo !== undefined && compare(row.key, upTo) > 0) return { rows, page };
      if (after === undefined || compare(row.key, after) > 0) rows.push(row);
    }
  }
}

/** Both are in order: the objects that have a row, and a lost object for each row that has none. */
function joined(
  { objects }: ListPage,
  rows: readonly ManifestRow[],
  base: string,
  compare: KeyComparator,
): readonly ListedObject[] {
  const found: ListedObject[] = [];
  let at = 0;
  for (const row of rows) {
    const relative = (): string | undefined => objects[at]?.key.slice(base.length);
    for (let key = relative(); key !== undefined && compare(key, row.key) < 0; key = relative()) at += 1;
    const object = objects[at];
    found.push(object?.key === base + row.key ? asBackedUp(object, row) : lostObject(row, base));
  }
  return found;
}

/** The store with another listing; that of a flat store, whose directories nobody asks for. */
function overlay(store: ObjectStore, list: (options: ListOptions) => Promise<ListPage>): ObjectStore {
  const { account, container, capabilities } = store;
  return {
    account,
    container,
    capabilities,
    list,
    listDirectory: () =>
      Promise.reject(
        new CopyError('unsupported', 'a manifest has no directories of its own', { retryable: false }),
      ),
    stat: (key, options) => store.stat(key, options),
    source: (key, etag) => store.source(key, etag),
    copyFrom: (key, source, pin, settings, signal) => store.copyFrom(key, source, pin, settings, signal),
    delete: (key, etag, signal) => store.delete(key, etag, signal),
  };
}
