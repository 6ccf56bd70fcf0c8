import { CopyError } from '../job/copy-error.js';
import type { ListedObject, ListPage, ObjectStore } from '../storage/store.js';
import { keyComparator, type KeyComparator } from './key-order.js';
import type { SideCursor } from './segment.js';
import type { SideStream } from './side-stream.js';

/** Runs one request; the place for a caller's retries. */
export type Attempt = <T>(request: () => Promise<T>) => Promise<T>;

/** One side of a join. */
export interface ListingOptions {
  readonly store: ObjectStore;
  /** What the service is asked for; begins with `base`. */
  readonly prefix: string;
  /** What is taken off each key to make it relative. */
  readonly base: string;
  /** Ask for tags. */
  readonly tags: boolean;
  readonly cursor: SideCursor;
  /** True: there is no such container; the listing is empty without a request. */
  readonly missing: boolean;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
}

interface PageAhead {
  readonly request: Promise<ListPage>;
  /** Set when it has arrived. */
  page?: ListPage;
}

/**
 * A paged listing read object by object, asserted strictly ascending in the order that its store declares: a violation
 * throws `listing-order`. At most one page is held beside the one being read.
 */
export class Listing implements SideStream {
  private objects: readonly ListedObject[] = [];
  private at = 0;
  /** Token of the page in `objects`. */
  private token: string | undefined;
  private next: { readonly token: string | undefined } | undefined;
  private ahead: PageAhead | undefined;
  /** Last key taken, by this reader or by the one whose cursor it was given. */
  private after: string | undefined;
  private lastSeen: string | undefined;
  private readonly compare: KeyComparator;
  private readonly options: ListingOptions;

  constructor(options: ListingOptions) {
    this.options = options;
    this.token = options.cursor.token;
    this.next = options.missing ? undefined : { token: options.cursor.token };
    this.after = options.cursor.after;
    this.compare = keyComparator(options.store.capabilities.order);
  }

  /** The object to be taken next; undefined at the end, or when {@link load} must be called first. */
  get head(): ListedObject | undefined {
    return this.objects[this.at];
  }

  /** True when only {@link load} can tell whether there is a head. */
  get needsLoad(): boolean {
    return this.at >= this.objects.length && this.next !== undefined;
  }

  /** Relative key of the last object known so far, in the page being read or the one after it. */
  get lastKnownKey(): string | undefined {
    const last = this.ahead?.page?.objects.at(-1) ?? this.objects.at(-1);
    return last === undefined ? undefined : this.relative(last);
  }

  /** The object's key without the base. */
  relative(object: ListedObject): string {
    return object.key.slice(this.options.base.length);
  }

  sortKey(object: ListedObject): string {
    return this.relative(object);
  }

  /** Loads pages until there is a head or the listing is at its end. No request while there is a head. */
  async load(): Promise<void> {
    while (this.at >= this.objects.length && this.next !== undefined) {
      const { token } = this.next;
      const page = await (this.ahead?.request ?? this.request(token));
      this.ahead = undefined;
      this.checkOrder(page);
      this.token = token;
      this.next = page.next === undefined ? undefined : { token: page.next };
      this.objects = page.objects;
      this.at = 0;
      this.skipTaken();
    }
  }

  /** Requests the next page, once, if there is one; `onArrival` is called when it is there. */
  prefetch(onArrival?: () => void): void {
    if (this.ahead !== undefined || this.next === undefined || this.options.signal.aborted) {
      return;
    }
    const ahead: PageAhead = { request: this.request(this.next.token) };
    this.ahead = ahead;
    ahead.request.then(
      (page) => {
        ahead.page = page;
        onArrival?.();
      },
      // Whoever loads this page awaits the same promise and gets the error.
      () => undefined,
    );
  }

  /** Consumes the head. */
  take(): void {
    this.after = this.head?.key;
    this.at += 1;
  }

  /** Where a later reader goes on behind the last object taken. */
  cursor(): SideCursor {
    const token = this.needsLoad ? this.next?.token : this.token;
    return {
      ...(token === undefined ? {} : { token }),
      ...(this.after === undefined ? {} : { after: this.after }),
    };
  }

  private request(token: string | undefined): Promise<ListPage> {
    const { store, prefix, tags, attempt, signal } = this.options;
    return attempt(() => store.list({ prefix, tags, signal, ...(token === undefined ? {} : { token }) }));
  }

  private checkOrder(page: ListPage): void {
    const { store, prefix } = this.options;
    for (const { key } of page.objects) {
      if (!key.startsWith(prefix) || (this.lastSeen !== undefined && this.compare(this.lastSeen, key) >= 0)) {
        throw new CopyError(
          'listing-order',
          `the listing of ${store.account}/${store.container} is not ascending in ${store.capabilities.order} order below its prefix; set the account's listingOrder to the order that it really has`,
          { retryable: false },
        );
      }
      this.lastSeen = key;
    }
  }

  private skipTaken(): void {
    const { after } = this;
    while (after !== undefined && this.head !== undefined && this.compare(this.head.key, after) <= 0) {
      this.at += 1;
    }
  }
}
