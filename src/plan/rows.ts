import type { ContainerPair } from '../job/job-spec.js';
import { isAddressable } from '../job/encode-key.js';
import { fileNameProblem } from '../job/file-name.js';
import type { ListedObject, ObjectStore } from '../storage/store.js';
import { escapedName } from './place.js';
import { Join, type JoinedRow } from './join.js';
import type { Attempt } from './listing.js';
import type { ScanCursor } from './segment.js';
import type { TreeOptions } from './tree-listing.js';

/** One key of a scan and what is there; a key that was named, not listed, may have neither object. */
export type ScanRow = JoinedRow;

/** The rows of one container pair, in order. */
export interface RowStream {
  /** The next row, the same until `take` is called; undefined at the end. */
  peek(): Promise<ScanRow | undefined>;
  take(row: ScanRow): void;
  /** Where to go on behind the last row taken. */
  position(): Omit<ScanCursor, 'pair'>;
  /** Gives up requests that are under way. */
  close(): void;
}

export interface RowOptions {
  readonly pair: ContainerPair;
  readonly source: ObjectStore;
  readonly destination: ObjectStore;
  readonly destinationMissing: boolean;
  /** Which side is asked for tags. */
  readonly tags: { readonly source: boolean; readonly destination: boolean };
  readonly cursor: ScanCursor;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
  /** How the two sides meet when one of them is no flat listing. */
  readonly meeting?: Meeting;
}

/** What of the spec decides how trees are walked. */
export interface Meeting {
  readonly escape: boolean;
  readonly directories: boolean;
  readonly recursive: boolean;
}

/** Keys that are looked up at once. */
const lookupsInFlight = 16;

/** The rows of two listings. */
export function listedRows(options: RowOptions, extras: boolean): RowStream {
  const { pair, cursor, attempt, signal } = options;
  const [fromTree, toTree] = treesOf(options);
  const join = new Join({
    source: {
      store: options.source,
      prefix: pair.listPrefix,
      base: pair.sourceBase,
      tags: options.tags.source,
      cursor: cursor.source,
      missing: false,
      attempt,
      signal,
      ...fromTree,
    },
    destination: {
      store: options.destination,
      prefix: pair.destinationBase + pair.listPrefix.slice(pair.sourceBase.length),
      base: pair.destinationBase,
      tags: options.tags.destination,
      cursor: cursor.destination,
      missing: options.destinationMissing,
      attempt,
      signal,
      ...toTree,
    },
    extras,
  });
  return {
    peek: () => join.peek(),
    take: (row) => {
      join.take(row);
    },
    position: () => join.cursors(),
    close: () => {
      join.close();
    },
  };
}

/**
 * Which sides are walked as trees. A destination in Azure Files has names that meet but for case, so both sides are
 * walked, whatever the source is. Files to blob: walked in the order of its flat names, a share meets a flat listing.
 */
function treesOf(
  options: RowOptions,
): readonly [Partial<Pick<TreeOptions, 'tree'>>, Partial<Pick<TreeOptions, 'tree'>>] {
  const from = options.source.capabilities;
  const to = options.destination.capabilities;
  if (from.flat && to.flat) return [{}, {}];
  const { escape, directories, recursive } = options.meeting ?? noMeeting;
  const shared = { directories, recursive, fold: to.caseInsensitive, order: to.flat ? to.order : from.order };
  const source = { ...shared, escape: escape && to.caseInsensitive, mayBeMissing: false };
  const destination = { ...shared, escape: false, mayBeMissing: true, foldPrefix: to.caseInsensitive };
  return [{ tree: source }, to.flat ? {} : { tree: destination }];
}

const noMeeting: Meeting = { escape: false, directories: false, recursive: true };

/**
 * One row for each key named, in the order of the names, looked up on both sides, 16 keys at a time. `keys` are relative
 * and begin with the `cursor.nextKey`-th. A key that no URL can carry is not looked up.
 */
export function namedRows(options: RowOptions, keys: AsyncIterable<string>): RowStream {
  const iterator: AsyncIterator<string, unknown> = keys[Symbol.asyncIterator]();
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const window: { readonly row: Promise<ScanRow> }[] = [];
  let taken = options.cursor.nextKey ?? 0;
  let ended = false;
  return {
    peek: async () => {
      while (!ended && window.length < lookupsInFlight) {
        const named = await iterator.next();
        if (named.done === true) {
          ended = true;
        } else {
          const row = lookUp({ ...options, signal }, named.value);
          // Its error is met when it is its turn, also if that never comes.
          row.catch(() => undefined);
          window.push({ row });
        }
      }
      return await window[0]?.row;
    },
    take: () => {
      window.shift();
      taken += 1;
    },
    position: () => ({ source: {}, destination: {}, nextKey: taken }),
    close: () => {
      stop.abort();
    },
  };
}

async function lookUp(options: RowOptions, key: string): Promise<ScanRow> {
  const { pair, tags, attempt, signal } = options;
  const sourceKey = pair.sourceBase + key;
  if (!isAddressable(sourceKey)) {
    return { key };
  }
  const { escape, directories } = options.meeting ?? noMeeting;
  const isEscaped = escape && options.destination.capabilities.caseInsensitive;
  const named = isEscaped ? escapedName(key, directories && key.endsWith('/')) : key;
  const destinationKey = pair.destinationBase + named;
  const [source, destination] = await Promise.all([
    lookUpSource(options, sourceKey),
    options.destinationMissing || !canExist(destinationKey, options.destination)
      ? undefined
      : attempt(() => options.destination.stat(destinationKey, { tags: tags.destination, signal })),
  ]);
  return {
    key,
    ...(source === undefined ? {} : { source }),
    ...(destination === undefined ? {} : { destination }),
  };
}

/** What bears a name that the service does not take is not there: asked for it, a share refuses the request. */
function canExist(key: string, { capabilities }: ObjectStore): boolean {
  if (!isAddressable(key)) return false;
  return !capabilities.caseInsensitive || fileNameProblem(key.replace(/\/$/, '')) === undefined;
}

/** A blob that stands for a directory, or the beginning of other names, is a directory where those are asked for. */
async function lookUpSource(
  { source, tags, attempt, signal, meeting = noMeeting }: RowOptions,
  key: string,
): Promise<ListedObject | undefined> {
  const found = await attempt(() => source.stat(key, { tags: tags.source, signal }));
  const isNamed = meeting.directories && key.endsWith('/') && !source.capabilities.directories;
  if (!isNamed || (found !== undefined && found.sizeBytes > 0)) return found;
  if (found !== undefined) return { ...found, kind: 'directory' };
  const { objects } = await attempt(() => source.listDirectory({ directory: key, limit: 1, signal }));
  const nothing = { sizeBytes: 0, etag: '', lastModified: '', properties: {}, metadata: {} };
  return objects.length === 0 ? undefined : { key, kind: 'directory', blobType: 'BlockBlob', ...nothing };
}
