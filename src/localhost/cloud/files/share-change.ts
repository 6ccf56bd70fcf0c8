import { clearExtents, writeExtent } from './extents.js';
import type { Entry, FileEntry, Metadata, SmbProperties } from './file-entry.js';
import { ShareTree } from './share-tree.js';

/** What a share is, besides its files. */
export interface ShareProperties {
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly quotaGiB: number;
  readonly accessTier: string;
  readonly metadata: Metadata;
  /** Stored access policies by id. */
  readonly policies: Readonly<Record<string, AccessPolicy>>;
}

/** A security descriptor as it was given. */
export interface Permission {
  readonly text: string;
  /** `binary` is base64. */
  readonly format: 'sddl' | 'binary';
}

/** A stored access policy, its texts as sent; empty ones are left to the SAS. */
export interface AccessPolicy {
  readonly start: string;
  readonly expiry: string;
  readonly permission: string;
}

/** A share as it was at one time. */
export interface ShareSnapshot {
  /** ISO 8601 with seven decimals: its name. */
  readonly time: string;
  readonly properties: ShareProperties;
  /** Extents of a higher generation are younger than the snapshot. */
  readonly generation: number;
  readonly tree: ShareTree;
}

/** One step in the life of a share, as its journal keeps it: replaying all steps gives the share again. */
export type ShareChange =
  | { readonly op: 'share'; readonly properties: ShareProperties; readonly generation: number }
  | { readonly op: 'put'; readonly entry: Entry }
  | RangeChange
  | { readonly op: 'remove'; readonly id: string }
  | { readonly op: 'permission'; readonly key: string; readonly permission: Permission }
  | {
      readonly op: 'snapshot';
      readonly time: string;
      readonly generation: number;
      readonly properties: ShareProperties;
    }
  | { readonly op: 'dropSnapshot'; readonly time: string }
  /** Empties the live tree; only in a rewritten journal, between a snapshot's entries and the next. */
  | { readonly op: 'clear' };

/** Bytes of a file written, or cleared when there is no generation. `end` is exclusive. */
export interface RangeChange {
  readonly op: 'range';
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly generation?: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly times: Pick<SmbProperties, 'lastWriteTime' | 'changeTime'>;
}

/** A share with everything in it. Changed by `applyChange` alone. */
export interface ShareState {
  properties: ShareProperties;
  /** Of bytes written now. */
  generation: number;
  tree: ShareTree;
  /** By key. */
  readonly permissions: Map<string, Permission>;
  /** By time. */
  readonly snapshots: Map<string, ShareSnapshot>;
}

export function applyChange(state: ShareState, change: ShareChange): void {
  switch (change.op) {
    case 'share':
      state.properties = change.properties;
      state.generation = change.generation;
      return;
    case 'put':
      state.tree.put(change.entry);
      return;
    case 'range':
      applyRange(state.tree, change);
      return;
    case 'remove':
      state.tree.remove(change.id);
      return;
    case 'permission':
      state.permissions.set(change.key, change.permission);
      return;
    case 'snapshot': {
      const { time, generation, properties } = change;
      state.snapshots.set(time, { time, generation, properties, tree: new ShareTree(state.tree) });
      state.generation = generation + 1;
      return;
    }
    case 'dropSnapshot':
      state.snapshots.delete(change.time);
      return;
    case 'clear':
      state.tree = new ShareTree();
  }
}

function applyRange(tree: ShareTree, change: RangeChange): void {
  const entry = tree.get(change.id);
  if (entry?.kind !== 'file') return;
  const { start, end, generation, etag, lastModifiedMs, times } = change;
  const changed: FileEntry = {
    ...entry,
    etag,
    lastModifiedMs,
    smb: { ...entry.smb, ...times },
    extents:
      generation === undefined
        ? clearExtents(entry.extents, { start, end })
        : writeExtent(entry.extents, { start, end, generation }),
  };
  tree.put(changed);
}

/** The changes that make the same share from nothing, snapshots in their order. */
export function* changesOf(state: ShareState): Generator<ShareChange> {
  for (const [key, permission] of state.permissions) yield { op: 'permission', key, permission };
  const snapshots = [...state.snapshots.values()].sort((a, b) => (a.time < b.time ? -1 : 1));
  for (const { time, generation, properties, tree } of snapshots) {
    for (const entry of tree.all()) yield { op: 'put', entry };
    yield { op: 'snapshot', time, generation, properties };
    yield { op: 'clear' };
  }
  for (const entry of state.tree.all()) yield { op: 'put', entry };
  yield { op: 'share', properties: state.properties, generation: state.generation };
}
