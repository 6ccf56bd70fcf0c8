import type { Clock } from '../runtime/clock.js';
import type { ListOptions, ListPage, ObjectStore } from '../storage/store.js';

/** The first page of one listing of a source, and what was asked for. */
export interface SeenPage {
  readonly container: string;
  readonly prefix: string;
  readonly tags: boolean;
  readonly page: ListPage;
}

/** As old as this, a page says nothing about now any more. */
const freshMs = 30_000;

/**
 * The page that the look before a job has listed, for the scan that begins with the same question a moment later, if it
 * runs in the same process. One page at a time, given out once; whoever finds none lists for himself.
 */
export class FirstPage {
  readonly #clock: Pick<Clock, 'now'>;
  #kept: { readonly job: string; readonly seen: SeenPage; readonly atMs: number } | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  keep(job: string, seen: SeenPage): void {
    this.#kept = { job, seen, atMs: this.#clock.now() };
  }

  /** The same store; a listing that asks for what was kept is answered without a request. */
  before(job: string, store: ObjectStore): ObjectStore {
    const { account, container, capabilities } = store;
    return {
      ...{ account, container, capabilities },
      list: (options) => {
        const page = this.#take(job, container, options);
        return page === undefined ? store.list(options) : Promise.resolve(page);
      },
      listDirectory: (options) => store.listDirectory(options),
      stat: (key, options) => store.stat(key, options),
      source: (key, etag) => store.source(key, etag),
      copyFrom: (...words) => store.copyFrom(...words),
      delete: (...words) => store.delete(...words),
    };
  }

  #take(job: string, container: string, options: ListOptions): ListPage | undefined {
    const kept = this.#kept;
    if (kept?.job !== job || kept.seen.container !== container) return undefined;
    const { prefix, tags, page } = kept.seen;
    const isSame = options.prefix === prefix && (options.tags ?? false) === tags;
    const isWhole = options.token === undefined && options.limit === undefined;
    this.#kept = undefined;
    return isSame && isWhole && this.#clock.now() - kept.atMs < freshMs ? page : undefined;
  }
}
