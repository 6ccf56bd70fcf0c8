import { escapeCase, escapeFileName, foldCase } from '../job/file-name.js';
import type { ListedObject } from '../storage/store.js';
import { keyComparator, type KeyComparator } from './key-order.js';
import type { KeyOrder } from '../job/account.js';

/** How the names of a tree are sorted, and what they become at the destination. */
export interface TreeNames {
  /** Order of the other side, when that is one flat listing; else any. */
  readonly order: KeyOrder;
  /** True: names that differ only in case meet, as they do at a destination in Azure Files. */
  readonly fold: boolean;
  /** True: names are sorted as they will be written, percent-encoded where Azure Files has a rule against them. */
  readonly escape: boolean;
}

/** One entry of a directory, with its place in the order. */
export interface TreeEntry {
  readonly object: ListedObject;
  /** Sort key of the last component, with `/` for a directory. */
  readonly sortName: string;
  /** Last component at the destination, without `/`. */
  readonly target: string;
  /** Why the destination cannot take the name beside another of this directory. */
  readonly collision?: 'case-collision' | 'file-and-directory';
}

/**
 * The entries of one whole directory, in walking order. Where names fold, the first of those that meet (in plain order,
 * files before directories) keeps its name; the others collide, and are sorted behind it. With `escape` a collision is
 * resolved by encoding a letter, where the name has one.
 */
export function sortEntries(
  objects: readonly ListedObject[],
  directory: string,
  names: TreeNames,
): readonly TreeEntry[] {
  const compare: KeyComparator = keyComparator(names.order);
  const plain = [...objects].sort((a, b) => compare(a.key, b.key));
  if (names.fold) plain.sort((a, b) => Number(a.kind === 'directory') - Number(b.kind === 'directory'));
  const taken = new Map<string, ListedObject>();
  const entries = plain.map((object) => enter(object, directory, names, taken));
  return entries.sort((a, b) => compare(a.sortName, b.sortName));
}

function enter(
  object: ListedObject,
  directory: string,
  names: TreeNames,
  taken: Map<string, ListedObject>,
): TreeEntry {
  const isDirectory = object.kind === 'directory';
  const name = object.key.slice(directory.length, isDirectory ? -1 : undefined);
  const slash = isDirectory ? '/' : '';
  const target = names.escape ? escapeFileName(name) : name;
  if (!names.fold) return { object, sortName: target + slash, target };
  const first = taken.get(foldCase(target));
  if (first === undefined) {
    taken.set(foldCase(target), object);
    return { object, sortName: foldCase(target) + slash, target };
  }
  const other = names.escape ? escapeCase(target) : target;
  if (other !== target && !taken.has(foldCase(other))) {
    taken.set(foldCase(other), object);
    return { object, sortName: foldCase(other) + slash, target: other };
  }
  const collision = first.kind === object.kind ? 'case-collision' : 'file-and-directory';
  // No name holds the character, so what collides meets nothing on the other side.
  return { object, sortName: `${foldCase(target)}\u0000${name}${slash}`, target, collision };
}
