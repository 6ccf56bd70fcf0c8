import { objectSizes } from '../job/limits.js';
import type { ListedObject, ListPage } from '../storage/store.js';
import type { PageRun } from './segment.js';
import type { TreeEntry } from './tree-names.js';

/** One page of a directory that has several. Each page is one object: pages are compared by identity. */
export interface DirectoryPage {
  /** Full, empty or ending in `/`. */
  readonly directory: string;
  /** Counted from 0. */
  readonly index: number;
  /** What it was asked for with; absent: the first page. */
  readonly token?: string;
}

/** Neighbours in a walk that one page has listed. A service's own order may spread a page over several. */
export interface PageStretch {
  readonly page: DirectoryPage;
  readonly entries: number;
  /** Of its entries that are no large objects. */
  readonly sizeBytes: number;
}

/** The pages of one directory, one after the other. */
export class PagesOfDirectory {
  readonly #directory: string;
  readonly #pages: { readonly page: DirectoryPage; readonly objects: readonly ListedObject[] }[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Of all pages together, those that were listed twice counted twice. */
  get entries(): number {
    return this.#pages.reduce((sum, { objects }) => sum + objects.length, 0);
  }

  add(token: string | undefined, objects: ListPage['objects']): void {
    const place = { directory: this.#directory, index: this.#pages.length };
    this.#pages.push({ page: token === undefined ? place : { ...place, token }, objects });
  }

  /** Each entry once, as it was listed last. */
  get objects(): readonly ListedObject[] {
    const all = this.#pages.flatMap(({ objects }) => objects);
    return [...new Map(all.map((object) => [object.key, object])).values()];
  }

  /** The stretch that each entry is part of, in the order of a walk; none where all is on one page. */
  stretchesOf(entries: readonly TreeEntry[]): ReadonlyMap<ListedObject, PageStretch> {
    const found = new Map<ListedObject, PageStretch>();
    if (this.#pages.length < 2) return found;
    const pageOf = new Map(
      this.#pages.flatMap(({ page, objects }) => objects.map((object) => [object, page] as const)),
    );
    let stretch: { page: DirectoryPage; entries: number; sizeBytes: number } | undefined;
    const placed = entries.flatMap(({ object }) => {
      const page = pageOf.get(object);
      return page === undefined ? [] : [{ object, page }];
    });
    for (const { object, page } of placed) {
      if (stretch?.page !== page) stretch = { page, entries: 0, sizeBytes: 0 };
      stretch.entries += 1;
      stretch.sizeBytes += object.sizeBytes > objectSizes.largeBytes ? 0 : object.sizeBytes;
      found.set(object, stretch);
    }
    return found;
  }
}

/** Pages of one directory as runs of neighbours, in the order of its listing. Pure. */
export function runsOf(pages: Iterable<DirectoryPage>): readonly PageRun[] {
  const runs: { token?: string; pages: number }[] = [];
  let next: number | undefined;
  for (const { index, token } of [...pages].sort((a, b) => a.index - b.index)) {
    const run = index === next ? runs.at(-1) : undefined;
    if (run === undefined) runs.push({ ...(token === undefined ? {} : { token }), pages: 1 });
    else run.pages += 1;
    next = index + 1;
  }
  return runs;
}
