import type { Entry } from './file-entry.js';
import { foldName } from './file-names.js';

/** Id of the root directory of every share. */
export const rootId = '0';

/** The entries of a share or of its snapshot, by id and by place. Names differ when they fold to different texts. */
export class ShareTree {
  readonly #entries: Map<string, Entry>;
  readonly #children: Map<string, Map<string, string>>;
  readonly #sorted = new Map<string, readonly string[]>();

  constructor(from?: ShareTree) {
    this.#entries = new Map(from === undefined ? [] : from.#entries);
    const children = from === undefined ? [] : [...from.#children];
    this.#children = new Map(children.map(([id, ids]) => [id, new Map(ids)]));
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  child(parentId: string, name: string): Entry | undefined {
    const id = this.#children.get(parentId)?.get(foldName(name));
    return id === undefined ? undefined : this.#entries.get(id);
  }

  /** The entry at a path; the root for the empty path. */
  at(path: readonly string[]): Entry | undefined {
    let entry = this.#entries.get(rootId);
    for (const name of path) {
      if (entry?.kind !== 'directory') return undefined;
      entry = this.child(entry.id, name);
    }
    return entry;
  }

  isEmpty(parentId: string): boolean {
    return (this.#children.get(parentId)?.size ?? 0) === 0;
  }

  /** Folded names in listing order: by UTF-16 units of the folded name. */
  sortedNames(parentId: string): readonly string[] {
    let names = this.#sorted.get(parentId);
    if (names === undefined) {
      names = [...(this.#children.get(parentId)?.keys() ?? [])].sort((a, b) => (a < b ? -1 : 1));
      this.#sorted.set(parentId, names);
    }
    return names;
  }

  /** The names from the root to an entry, the root's own (empty) left out. */
  pathOf(entry: Entry): string[] {
    const names: string[] = [];
    for (
      let at: Entry | undefined = entry;
      at !== undefined && at.id !== rootId;
      at = this.get(at.parentId)
    ) {
      names.unshift(at.name);
    }
    return names;
  }

  all(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Adds an entry, or replaces the one of its id, which may have had another place. */
  put(entry: Entry): void {
    const former = this.#entries.get(entry.id);
    if (former !== undefined && (former.parentId !== entry.parentId || former.name !== entry.name)) {
      this.#unlink(former);
    }
    this.#entries.set(entry.id, entry);
    if (entry.id === rootId) return;
    const siblings = this.#children.get(entry.parentId) ?? new Map<string, string>();
    this.#children.set(entry.parentId, siblings);
    const folded = foldName(entry.name);
    if (siblings.get(folded) === entry.id) return;
    siblings.set(folded, entry.id);
    this.#sorted.delete(entry.parentId);
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#children.delete(id);
    this.#sorted.delete(id);
    this.#unlink(entry);
  }

  #unlink(entry: Entry): void {
    this.#children.get(entry.parentId)?.delete(foldName(entry.name));
    this.#sorted.delete(entry.parentId);
  }
}
