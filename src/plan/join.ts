import type { KeyOrder } from '../job/account.js';
import { CopyError } from '../job/copy-error.js';
import type { ListedObject } from '../storage/store.js';
import { keyComparator, type KeyComparator } from './key-order.js';
import { Listing, type ListingOptions } from './listing.js';
import type { SideCursor } from './segment.js';
import type { SideStream } from './side-stream.js';
import { TreeListing, type TreeOptions } from './tree-listing.js';
import type { PageStretch } from './tree-pages.js';

/** One key and what either side has under it; at least one of the two is there. */
export interface JoinedRow {
  /** Relative key. */
  readonly key: string;
  readonly source?: ListedObject;
  readonly destination?: ListedObject;
  /** Relative key at the destination, where the source's name was escaped. */
  readonly target?: string;
  /** Why the destination cannot take the name beside another of the source. */
  readonly collision?: string;
  /** Leading directories of the relative key that a walked destination has; undefined: not even the base. */
  readonly presentDirectories?: number | undefined;
  /** Where a walked source listed it, when its directory has several pages that can change. */
  readonly stretch?: PageStretch;
}

/** A flat listing, or a tree that is walked. */
export type JoinSide = ListingOptions | TreeOptions;

export interface JoinOptions {
  readonly source: JoinSide;
  readonly destination: JoinSide;
  /** True: also the rows behind the last source key. False: the join ends with the source. */
  readonly extras: boolean;
}

/**
 * Merges two listings by relative key, in ascending order, in the memory of two pages a side. Each page is asked for
 * once, the next one while the present one is read, and only when a row needs it: a destination page only when the
 * source is known to have a key behind the page before (the first page of both sides is asked for at once).
 *
 * Throws `listing-order` when the two sides declare different orders or one breaks its own.
 */
export class Join {
  private readonly source: SideStream;
  private readonly destination: SideStream;
  private readonly extras: boolean;
  private readonly compare: KeyComparator;
  private readonly stop = new AbortController();
  private loaded = false;

  constructor(options: JoinOptions) {
    const { source, destination } = options;
    const order = orderOf(source);
    if (!destination.missing && orderOf(destination) !== order) {
      throw new CopyError(
        'listing-order',
        'source and destination list their keys in different orders and cannot be compared in one pass; set listingOrder of both accounts to what they really have, or copy between accounts of the same order',
        { retryable: false },
      );
    }
    this.compare = keyComparator(order);
    this.extras = options.extras;
    this.source = this.open(source);
    this.destination = this.open(destination);
  }

  /** The next row, the same until {@link take} is called; undefined at the end. */
  async peek(): Promise<JoinedRow | undefined> {
    if (this.source.needsLoad || this.destination.needsLoad) {
      await this.load();
    }
    const source = this.source.head;
    const destination = this.destination.head;
    if (source === undefined) {
      return destination === undefined || !this.extras
        ? undefined
        : { key: this.destination.relative(destination), destination };
    }
    const order =
      destination === undefined
        ? -1
        : this.compare(this.source.sortKey(source), this.destination.sortKey(destination));
    if (destination === undefined || order < 0) {
      return this.rowOf(source);
    }
    return order === 0
      ? { ...this.rowOf(source), destination }
      : { key: this.destination.relative(destination), destination };
  }

  private rowOf(source: ListedObject): JoinedRow {
    const key = this.source.relative(source);
    const from = this.source instanceof TreeListing ? this.source : undefined;
    const { target, collision, stretch } = from ?? {};
    return {
      key,
      source,
      ...(target === undefined ? {} : { target }),
      ...(collision === undefined ? {} : { collision }),
      ...(stretch === undefined ? {} : { stretch }),
      ...(this.destination instanceof TreeListing
        ? { presentDirectories: this.destination.present(this.source.sortKey(source)) }
        : {}),
    };
  }

  /** Consumes the row that {@link peek} gave. */
  take(row: JoinedRow): void {
    if (row.source !== undefined) {
      this.source.take();
    }
    if (row.destination !== undefined) {
      this.destination.take();
    }
  }

  /** Where a later join of the same two sides goes on behind the last row taken. */
  cursors(): { readonly source: SideCursor; readonly destination: SideCursor } {
    return { source: this.source.cursor(), destination: this.destination.cursor() };
  }

  /** Gives up a page that is under way. To be called when no more rows are wanted. */
  close(): void {
    this.stop.abort();
  }

  private open(options: JoinSide): SideStream {
    const signal = AbortSignal.any([options.signal, this.stop.signal]);
    return 'tree' in options ? new TreeListing({ ...options, signal }) : new Listing({ ...options, signal });
  }

  private async load(): Promise<void> {
    if (this.loaded) {
      await this.source.load();
      if (this.extras || this.source.head !== undefined) {
        await this.destination.load();
      }
    } else {
      await Promise.all([this.source.load(), this.destination.load()]);
      this.loaded = true;
    }
    this.source.prefetch(() => {
      this.prefetchDestination();
    });
    this.prefetchDestination();
  }

  private prefetchDestination(): void {
    const reached = this.destination.lastKnownKey;
    const wanted = this.source.lastKnownKey;
    if (
      this.extras ||
      (wanted !== undefined && (reached === undefined || this.compare(reached, wanted) < 0))
    ) {
      this.destination.prefetch();
    }
  }
}

function orderOf(side: JoinSide): KeyOrder {
  return 'tree' in side ? side.tree.order : side.store.capabilities.order;
}
