import type { ManifestRow } from '../job/manifest.js';
import type { DirectoryOptions, ListedObject, ListPage, ObjectStore } from '../storage/store.js';
import { keyComparator, type KeyComparator } from './key-order.js';
import { asBackedUp, lostObject, type ManifestPlace, type ReadManifestPage } from './manifest-object.js';

/** What a manifest says of one directory of a home, by full keys. */
interface Children {
  readonly files: ReadonlyMap<string, ManifestRow>;
  readonly directories: ReadonlyMap<string, ListedObject>;
  /** Files that the container has shown. */
  readonly found: Set<string>;
}

/**
 * The directories of a home as the manifest says: its files as the container has them, or as lost; its directories,
 * of which those that only lead to what lies in them are passages. The manifest is gone through once for each level of a
 * walk; pages that end before a directory are not read again.
 */
export function restoredDirectories(
  store: ObjectStore,
  { base, home }: ManifestPlace,
  readPage: ReadManifestPage,
): (options: DirectoryOptions) => Promise<ListPage> {
  const rowsBelow = rowsOf(readPage, keyComparator(store.capabilities.order));
  const open = new Map<string, Children>();
  return async (options) => {
    const { directory } = options;
    const path = directory.slice(base.length);
    const children = open.get(directory) ?? (await childrenOf(rowsBelow(path), path, { base, home }));
    open.set(directory, children);
    const page = await store.listDirectory(options);
    const objects = page.objects.flatMap((object) => {
      const row = object.kind === undefined ? children.files.get(object.key) : undefined;
      if (row === undefined) return [];
      children.found.add(object.key);
      return [asBackedUp(object, row)];
    });
    if (page.next !== undefined) return { objects, next: page.next };
    open.delete(directory);
    const lost = [...children.files].filter(([key]) => !children.found.has(key));
    const missing = lost.map(([, row]) => lostObject(row, base));
    return { objects: [...objects, ...missing, ...children.directories.values()] };
  };
}

async function childrenOf(
  rows: AsyncIterable<ManifestRow>,
  path: string,
  { base, home }: ManifestPlace,
): Promise<Children> {
  const files = new Map<string, ManifestRow>();
  const directories = new Map<string, ListedObject>();
  for await (const row of rows) {
    if (row.home !== home || row.key === path) continue;
    const slash = row.key.indexOf('/', path.length);
    if (slash === -1) {
      files.set(base + row.key, row);
      continue;
    }
    const key = row.key.slice(0, slash + 1);
    if (key === row.key) directories.set(base + key, directoryOf(base + key, false));
    else if (!directories.has(base + key)) directories.set(base + key, directoryOf(base + key, true));
  }
  return { files, directories, found: new Set() };
}

function directoryOf(key: string, isPassage: boolean): ListedObject {
  return {
    key,
    kind: 'directory',
    sizeBytes: 0,
    etag: '',
    lastModified: '',
    blobType: 'BlockBlob',
    properties: {},
    metadata: {},
    ...(isPassage ? { isPassage } : {}),
  };
}

/** Rows whose keys begin with a prefix, from the first page that may have one. */
function rowsOf(
  readPage: ReadManifestPage,
  compare: KeyComparator,
): (prefix: string) => AsyncGenerator<ManifestRow> {
  /** Last key of each page that was read, in order; an empty page has that of the one before it. */
  const ends: string[] = [];
  return async function* (prefix) {
    const known = ends.findIndex((end) => compare(end, prefix) >= 0);
    for (let number = known === -1 ? ends.length : known; ; number += 1) {
      const rows = await readPage(number);
      if (rows === undefined) return;
      ends[number] = rows.at(-1)?.key ?? ends[number - 1] ?? '';
      for (const row of rows) {
        if (row.key.startsWith(prefix)) yield row;
        else if (compare(row.key, prefix) > 0) return;
      }
    }
  };
}
