import { CopyError, isCopyError } from '../job/copy-error.js';
import { foldCase } from '../job/file-name.js';
import type { ListedObject } from '../storage/store.js';
import { keyComparator, type KeyComparator } from './key-order.js';
import type { ListingOptions } from './listing.js';
import type { SideCursor } from './segment.js';
import type { SideStream } from './side-stream.js';
import { sortEntries, type TreeEntry, type TreeNames } from './tree-names.js';
import { PagesOfDirectory, type PageStretch } from './tree-pages.js';

/** Entries of one directory that are sorted in memory. */
const mostEntries = 200_000;
/** Directories listed ahead of the walk. */
const listedAhead = 8;

/** One side of a join that is walked directory by directory: full keys outside `prefix` are left out. */
export interface TreeOptions extends ListingOptions {
  readonly tree: TreeNames & {
    /** True: directories are objects of their own, each before what lies in it. */
    readonly directories: boolean;
    /** False: only what lies directly in the first directory. */
    readonly recursive: boolean;
    /** True: a first directory that is not there is empty, not an error. */
    readonly mayBeMissing: boolean;
    /** True: names are found by the prefix whatever their case, as the service finds files. */
    readonly foldPrefix?: boolean;
  };
}

interface Frame {
  /** Relative sort path, empty or ending in `/`. */
  readonly sortPath: string;
  /** Relative path at the destination, likewise. */
  readonly targetPath: string;
  readonly collision: TreeEntry['collision'];
  readonly entries: readonly TreeEntry[];
  readonly stretches: ReadonlyMap<ListedObject, PageStretch> | undefined;
  at: number;
}

interface Item {
  readonly object: ListedObject;
  readonly sortKey: string;
  readonly target: string;
  readonly collision: TreeEntry['collision'];
  readonly stretch: PageStretch | undefined;
}

/**
 * A tree read object by object, depth first, each directory listed whole and sorted, so that the order does not depend on
 * the service's own. Sort keys ascend strictly over the whole walk. The cursor is the last sort key taken: any later
 * process goes on behind it after listing the directories above it again. Holds the listings of one path, and eight
 * directories ahead of it. Throws `directory-too-large` above 200,000 entries in one.
 */
export class TreeListing implements SideStream {
  private readonly options: TreeOptions;
  private readonly compare: KeyComparator;
  private readonly frames: Frame[] = [];
  private readonly ahead = new Map<string, Promise<PagesOfDirectory | undefined>>();
  /** Directories seen, by the sort path of the one that they lie in. */
  private readonly seen = new Map<string, ReadonlySet<string>>();
  private item: Item | undefined;
  private after: string | undefined;
  private state: 'new' | 'open' | 'ended';
  private rootIsThere = false;

  constructor(options: TreeOptions) {
    this.options = options;
    this.compare = keyComparator(options.tree.order);
    this.after = options.cursor.after;
    this.state = options.missing ? 'ended' : 'new';
  }

  get head(): ListedObject | undefined {
    return this.item?.object;
  }

  get needsLoad(): boolean {
    return this.item === undefined && this.state !== 'ended';
  }

  get lastKnownKey(): string | undefined {
    return this.item?.sortKey;
  }

  /** Name of the head at the destination, relative; undefined when it is the object's own. */
  get target(): string | undefined {
    const { item } = this;
    return item === undefined || item.target === this.relative(item.object) ? undefined : item.target;
  }

  /** Why the destination cannot take the head beside what else there is. */
  get collision(): TreeEntry['collision'] {
    return this.item?.collision;
  }

  /** The neighbours that one page has listed with the head; undefined where a directory is one page, or frozen. */
  get stretch(): PageStretch | undefined {
    return this.item?.stretch;
  }

  relative(object: ListedObject): string {
    return object.key.slice(this.options.base.length);
  }

  sortKey(object: ListedObject): string {
    return this.item?.object === object ? this.item.sortKey : this.relative(object);
  }

  async load(): Promise<void> {
    if (this.state === 'new') {
      this.state = 'open';
      await this.openRoot();
    }
    while (this.item === undefined && this.state === 'open') await this.step();
  }

  prefetch(onArrival?: () => void): void {
    onArrival?.();
  }

  take(): void {
    this.after = this.item?.sortKey;
    this.item = undefined;
  }

  cursor(): SideCursor {
    return this.after === undefined ? {} : { after: this.after };
  }

  /**
   * How many leading directories of a relative sort path are there, counted from the base; undefined when the base itself
   * is not. To be asked in ascending order, for paths before the head.
   */
  present(sortKey: string): number | undefined {
    if (!this.rootIsThere) return undefined;
    for (const path of this.seen.keys()) {
      if (!sortKey.startsWith(path) && this.compare(path, sortKey) < 0) this.seen.delete(path);
    }
    const components = sortKey.split('/').slice(0, -1);
    let path = '';
    for (const [count, component] of components.entries()) {
      if (this.seen.get(path)?.has(component) !== true) return count;
      path += `${component}/`;
    }
    return components.length;
  }

  private async openRoot(): Promise<void> {
    const { prefix, base, tree } = this.options;
    const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const listed = await this.list(directory);
    if (listed === undefined && !tree.mayBeMissing) {
      throw new CopyError('source-not-found', 'the source has no such directory', { retryable: false });
    }
    this.rootIsThere = listed !== undefined;
    const nameOf = tree.foldPrefix === true ? foldCase : (name: string) => name;
    const wanted = nameOf(prefix);
    const isWithin = ({ key }: ListedObject) => nameOf(key).startsWith(wanted);
    const path = directory.slice(base.length);
    this.open(directory, listed, { sortPath: path, targetPath: path, collision: undefined }, isWithin);
  }

  /** Reads one entry of the innermost directory, or leaves it. */
  private async step(): Promise<void> {
    const frame = this.frames.at(-1);
    const entry = frame?.entries[frame.at];
    if (frame === undefined || entry === undefined) {
      this.frames.pop();
      if (this.frames.length === 0) this.state = 'ended';
      return;
    }
    frame.at += 1;
    const isDirectory = entry.object.kind === 'directory';
    const item = itemOf(frame, entry);
    const isObject = !isDirectory || (this.options.tree.directories && entry.object.isPassage !== true);
    if (isObject && !this.isTaken(item.sortKey)) this.item = item;
    if (isDirectory && this.options.tree.recursive && !this.isPassed(item.sortKey)) {
      await this.descend(frame, item);
    }
  }

  private isTaken(sortKey: string): boolean {
    return this.after !== undefined && this.compare(sortKey, this.after) <= 0;
  }

  /** True when all that lies in the directory was taken. */
  private isPassed(sortPath: string): boolean {
    return this.after !== undefined && this.isTaken(sortPath) && !this.after.startsWith(sortPath);
  }

  private async descend(frame: Frame, item: Item): Promise<void> {
    const { key } = item.object;
    const listed = await (this.ahead.get(key) ?? this.list(key));
    this.ahead.delete(key);
    this.listAhead(frame);
    const { sortKey: sortPath, target: targetPath, collision } = item;
    this.open(key, listed, { sortPath, targetPath, collision });
  }

  private open(
    directory: string,
    listed: PagesOfDirectory | undefined,
    place: Pick<Frame, 'sortPath' | 'targetPath' | 'collision'>,
    isWithin: (object: ListedObject) => boolean = () => true,
  ): void {
    const within = (listed?.objects ?? []).filter(isWithin);
    const entries = sortEntries(within, directory, this.options.tree);
    const directories = entries.filter(({ object }) => object.kind === 'directory');
    this.seen.set(place.sortPath, new Set(directories.map(({ sortName }) => sortName.slice(0, -1))));
    const stretches = this.options.store.capabilities.frozen ? undefined : listed?.stretchesOf(entries);
    const frame = { ...place, entries, stretches, at: 0 };
    this.frames.push(frame);
    this.listAhead(frame);
  }

  /** Asks for the next directories of a directory before the walk comes to them. */
  private listAhead(frame: Frame): void {
    if (!this.options.tree.recursive) return;
    for (const { object, sortName } of frame.entries.slice(frame.at, frame.at + listedAhead)) {
      if (this.ahead.size >= listedAhead) return;
      const wanted = object.kind === 'directory' && !this.isPassed(frame.sortPath + sortName);
      if (!wanted || this.ahead.has(object.key)) continue;
      const request = this.list(object.key);
      // Its error is met when the walk comes to the directory, also if that never happens.
      request.catch(() => undefined);
      this.ahead.set(object.key, request);
    }
  }

  /** All of one directory; undefined when it is not there. */
  private async list(directory: string): Promise<PagesOfDirectory | undefined> {
    const { store, tags, attempt, signal } = this.options;
    const pages = new PagesOfDirectory(directory);
    let token: string | undefined;
    do {
      const from = token === undefined ? {} : { token };
      try {
        const page = await attempt(() => store.listDirectory({ directory, tags, signal, ...from }));
        const objects = page.objects.flatMap((object) => withoutStub(object, directory));
        pages.add(token, objects);
        token = page.next;
      } catch (error) {
        if (isMissingDirectory(error)) return undefined;
        throw error;
      }
      if (pages.entries > mostEntries) {
        const text = `a directory has more than ${String(mostEntries)} entries`;
        throw new CopyError('directory-too-large', text, { retryable: false });
      }
    } while (token !== undefined);
    return pages;
  }
}

/** Blob tools stand an empty object for a directory, named like it, or marked by its metadata. */
function withoutStub(object: ListedObject, directory: string): readonly ListedObject[] {
  if (object.kind === 'directory' || object.sizeBytes > 0) return [object];
  if (object.key === directory) return [];
  return object.metadata['hdi_isfolder'] === 'true'
    ? [{ ...object, key: `${object.key}/`, kind: 'directory' }]
    : [object];
}

function itemOf(frame: Frame, { object, sortName, target, collision }: TreeEntry): Item {
  return {
    object,
    sortKey: frame.sortPath + sortName,
    target: frame.targetPath + target + (object.kind === 'directory' ? '/' : ''),
    collision: frame.collision ?? collision,
    stretch: frame.stretches?.get(object),
  };
}

/** A share that is missing has a code of its own. */
function isMissingDirectory(error: unknown): boolean {
  return isCopyError(error) && error.status === 404 && !error.code.endsWith('-container-not-found');
}
