import type { Extent } from './extents.js';

/** SMB properties. Times are ISO 8601 with seven decimals: 100 ns, as NTFS keeps them. */
export interface SmbProperties {
  /** Names in canonical order, joined by ` | `. */
  readonly attributes: string;
  readonly creationTime: string;
  readonly lastWriteTime: string;
  readonly changeTime: string;
  readonly lastAccessTime: string;
  readonly permissionKey: string;
}

/** Names and values, in the case they were sent in. */
export type Metadata = readonly (readonly [string, string])[];

interface EntryFacts {
  /** Decimal; unique in its share. */
  readonly id: string;
  readonly parentId: string;
  /** In the case it was created with. */
  readonly name: string;
  readonly smb: SmbProperties;
  readonly metadata: Metadata;
  /** Quoted. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

export interface DirectoryEntry extends EntryFacts {
  readonly kind: 'directory';
}

/** What Copy File has done, or does. Without the query of the source. */
export interface CopyState {
  readonly id: string;
  readonly source: string;
  readonly status: 'pending' | 'success' | 'aborted' | 'failed';
  readonly description?: string;
  readonly copiedBytes: number;
  readonly totalBytes: number;
  readonly completedMs?: number;
}

/** Lease of a file; it never runs out by itself. */
export interface LeaseState {
  readonly id: string;
}

export interface FileEntry extends EntryFacts {
  readonly kind: 'file';
  readonly lengthBytes: number;
  /** `content-type` and so on, lower-case; `content-md5` in base64. */
  readonly contentHeaders: Readonly<Record<string, string>>;
  readonly extents: readonly Extent[];
  readonly copy?: CopyState;
  readonly lease?: LeaseState;
}

/** A directory or file. Never changed in place, so that snapshots may share it. */
export type Entry = DirectoryEntry | FileEntry;
