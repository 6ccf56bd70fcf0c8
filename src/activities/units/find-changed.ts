import { isCopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import type { PageRun } from '../../plan/segment.js';
import type { ListedObject, ListPage } from '../../storage/store.js';

/** How one directory is read; one request each. */
export interface DirectoryReader {
  /** Without a token: the first page. */
  list(token: string | undefined): Promise<ListPage>;
  look(key: string): Promise<Pick<ListedObject, 'etag'> | undefined>;
}

/** As many objects as this are looked at one by one rather than that their whole directory, of up to 40 pages, is listed. */
const mostLooks = 40;

/**
 * Which operations of one directory, by the full keys of their sources, have sources that are other versions now, or gone.
 * Lists the pages on which the plan saw them (`runs`), all pages where that is not known; what does not turn up there is
 * looked at by its name, or looked for on all pages when it is much. A single object is looked at by its name alone.
 */
export async function findChanged(
  operations: ReadonlyMap<string, Operation>,
  runs: readonly PageRun[],
  reader: DirectoryReader,
): Promise<readonly Operation[]> {
  const search = new Search(operations, reader);
  if (operations.size > 1) {
    for (const run of runs) await search.readRun(run, run === runs.at(-1));
    if (runs.length === 0 || search.left > mostLooks) await search.readAll();
  }
  await search.lookAtRest();
  return search.changed;
}

class Search {
  readonly changed: Operation[] = [];
  readonly #reader: DirectoryReader;
  readonly #left: Map<string, Operation>;

  constructor(operations: ReadonlyMap<string, Operation>, reader: DirectoryReader) {
    this.#left = new Map(operations);
    this.#reader = reader;
  }

  get left(): number {
    return this.#left.size;
  }

  /** One page more than planned where names have moved on. A marker that is refused leaves all of it to others. */
  async readRun(run: PageRun, isLast: boolean): Promise<void> {
    const most = isLast ? run.pages + 1 : run.pages;
    try {
      await this.#read(run.token, (page) => page < run.pages || (page < most && this.left > 1));
    } catch (error) {
      if (run.token === undefined || !isCopyError(error)) throw error;
      if (error.retryable || error.code === 'aborted') throw error;
    }
  }

  async readAll(): Promise<void> {
    await this.#read(undefined, () => true);
  }

  async lookAtRest(): Promise<void> {
    const rest = [...this.#left.keys()].map(async (key) => {
      const found = await this.#reader.look(key);
      this.#compare(key, found?.etag);
    });
    await Promise.all(rest);
  }

  /** Ends early when all were seen. */
  async #read(from: string | undefined, isWanted: (page: number) => boolean): Promise<void> {
    let token = from;
    for (let page = 0; this.left > 0 && isWanted(page); page += 1) {
      const { objects, next } = await this.#reader.list(token);
      for (const { key, etag } of objects) this.#compare(key, etag);
      if (next === undefined) return;
      token = next;
    }
  }

  #compare(key: string, etag: string | undefined): void {
    const operation = this.#left.get(key);
    if (operation === undefined) return;
    this.#left.delete(key);
    if (operation.etag !== etag) this.changed.push(operation);
  }
}
