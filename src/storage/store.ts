import type { KeyOrder } from '../job/account.js';
import type { ObjectProperties, SmbProperties, StringMap } from '../job/operation.js';

/** One object as a listing tells it: all that planning and pinning need. */
export interface ListedObject {
  /** Full key in the container, decoded. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Quoted as on the wire. */
  readonly etag: string;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly blobType: 'BlockBlob' | 'AppendBlob' | 'PageBlob';
  /** Base64. */
  readonly md5?: string;
  readonly tier?: string;
  /** True when the tier comes from the account's default; such a tier is not copied. */
  readonly tierInferred?: boolean;
  readonly properties: ObjectProperties;
  /** Keys with their case; empty when there is none. */
  readonly metadata: StringMap;
  /** Absent when not asked for or not permitted. */
  readonly tags?: StringMap;
  /** The key names a directory, and ends in `/`. */
  readonly kind?: 'directory';
  /** Of a directory: it only leads to what lies in it, and is no object of its own. */
  readonly isPassage?: true;
  /** True: only `stat` tells properties, metadata and MD5; the listing does not. */
  readonly unlisted?: boolean;
  /** Azure Files only. */
  readonly smb?: SmbProperties;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Opaque; absent on the last page. Stays valid for a later process. */
  readonly next?: string;
}

export interface ListOptions {
  readonly prefix: string;
  readonly token?: string;
  /** 1 to 5,000. */
  readonly limit?: number;
  readonly tags?: boolean;
  readonly signal: AbortSignal;
}

export interface DirectoryOptions {
  /** Empty for the root; else full, ending in `/`. */
  readonly directory: string;
  readonly token?: string;
  /** 1 to 5,000. */
  readonly limit?: number;
  readonly tags?: boolean;
  readonly signal: AbortSignal;
}

/** What a store can do beyond the core. A capability that is missing is refused with `unsupported`, never imitated. */
export interface Capabilities {
  /** Order of `list`; of no meaning where `flat` is false. */
  readonly order: KeyOrder;
  /** `list`: everything below a prefix, in order. */
  readonly flat: boolean;
  /** `stageFrom`, `listBlocks`, `commit`, and `copyFrom` of a whole object. */
  readonly blocks: boolean;
  /** Objects are made with their length and then filled: all of {@link FileTarget}. */
  readonly ranges: boolean;
  readonly tags: boolean;
  readonly tiers: boolean;
  /** Directories are things of their own: they can be empty, and must be there before what lies in them. */
  readonly directories: boolean;
  /** Two names that differ only in case are one. */
  readonly caseInsensitive: boolean;
  /** Attributes, times to 100 ns, security descriptors. */
  readonly smb: boolean;
  /** A copy can be pinned to the source's ETag. Where not, its version is to be looked at again afterwards. */
  readonly sourcePins: boolean;
  /** Writes and deletes can be pinned to what the plan saw. Where not, they are not. */
  readonly writePins: boolean;
  /** A snapshot: nothing in it changes, so that nothing need be looked at again. */
  readonly frozen: boolean;
}

/** Where a copy reads from. `open` builds it; the bearer is fetched per attempt and leaves only to `url`'s host. */
export interface CopySource {
  /** Percent-encoded URL of the source object, without any secret. */
  readonly url: string;
  /** The ETag that every request is pinned to, where the source's service can check it. */
  readonly etag: string;
  /** `files`: takes no conditions, and a bearer only with the intent header. Absent: blob. */
  readonly service?: 'files';
}

/** What a write demands of the destination: nothing there, or exactly this version. */
export type WritePin = { readonly absent: true } | { readonly etag: string };

/** What is set on the destination together with the content. */
export interface WriteSettings {
  /** False: the service must not take HTTP properties from the source. */
  readonly copyProperties: boolean;
  /** Absent: the service copies the source's metadata (single-shot) or sets none (commit). */
  readonly metadata?: StringMap;
  readonly properties?: ObjectProperties;
  readonly md5?: string;
  readonly tier?: string;
  readonly tags?: StringMap;
}

export interface CopyReceipt {
  readonly etag: string;
  readonly requestId: string;
  readonly lastModified: string;
}

/**
 * One container. Keys are opaque UTF-8 strings. Every method makes exactly one request, does not retry, and throws
 * `CopyError`. The store never reads or writes content: bytes do not pass through the process.
 */
export interface ObjectStore {
  readonly account: string;
  readonly container: string;
  readonly capabilities: Capabilities;
  /** Objects whose key begins with `prefix`, strictly ascending in `capabilities.order`. Needs `flat`. */
  list(options: ListOptions): Promise<ListPage>;
  /**
   * What lies directly in one directory, in no order to rely on; directories have a `kind`, full keys ending in `/`, and,
   * where they are only the common beginning of names, neither ETag nor time. A directory that is not there is empty
   * where they are only that, and throws `source-not-found` or `bad-request` with status 404 where they are things.
   */
  listDirectory(options: DirectoryOptions): Promise<ListPage>;
  /** The object with exactly this key, or undefined; by a listing, which keeps the case of metadata. */
  stat(
    key: string,
    options: { readonly tags?: boolean; readonly signal: AbortSignal },
  ): Promise<ListedObject | undefined>;
  /** Where another store can copy this object from. No request. Throws `name-not-addressable`, `copy-source-too-long`. */
  source(key: string, etag: string): CopySource;
  /** Put Blob From URL. Atomic for readers. */
  copyFrom(
    key: string,
    source: CopySource,
    pin: WritePin,
    settings: WriteSettings,
    signal: AbortSignal,
  ): Promise<CopyReceipt>;
  /** Deletes only the version `etag`. Deleting what is gone throws `destination-changed`. */
  delete(key: string, etag: string, signal: AbortSignal): Promise<{ readonly requestId: string }>;
}

export interface StagedBlock {
  /** Base64 block id. */
  readonly id: string;
  readonly sizeBytes: number;
}

/** Stores that can assemble an object from blocks copied server side. */
export interface BlockTarget {
  /** Put Block From URL, pinned to the source's ETag. */
  stageFrom(
    key: string,
    blockId: string,
    source: CopySource,
    range: { readonly offset: number; readonly sizeBytes: number },
    signal: AbortSignal,
  ): Promise<{ readonly requestId: string }>;
  /** Blocks of the object; empty lists when there is none. */
  listBlocks(
    key: string,
    signal: AbortSignal,
  ): Promise<{
    readonly committed: readonly StagedBlock[];
    readonly uncommitted: readonly StagedBlock[];
    readonly etag?: string;
  }>;
  /** Put Block List. Atomic for readers. */
  commit(
    key: string,
    blockIds: readonly string[],
    pin: WritePin,
    settings: WriteSettings,
    signal: AbortSignal,
  ): Promise<CopyReceipt>;
}

/** Stores whose objects have access tiers. */
export interface TierTarget {
  /** Set Blob Tier. The service takes no pin for it: the object as it is now gets the tier. Idempotent. */
  setTier(key: string, tier: string, signal: AbortSignal): Promise<{ readonly requestId: string }>;
}

export type BlockStore = ObjectStore & BlockTarget & TierTarget;

/** What a file or directory is given. What is absent: `now` for times, inherited permission, the service's attributes. */
export interface FileSettings {
  readonly properties?: ObjectProperties;
  readonly md5?: string;
  readonly metadata?: StringMap;
  /** `permissionKey` is one of the destination's own. */
  readonly smb?: SmbProperties;
}

/** Part of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Stores whose objects are made with their length and then filled. None of it is pinned; all of it needs `ranges`. */
export interface FileTarget {
  /** Create File: `sizeBytes` zeros under this name, whatever was there. `bad-request` `ParentNotFound`: no directory. */
  createFile(
    key: string,
    sizeBytes: number,
    settings: FileSettings,
    signal: AbortSignal,
  ): Promise<CopyReceipt>;
  /** Put Range From URL, at most 4 MiB, from the same place of the source; leaves the last-write time alone. */
  putRangeFrom(key: string, source: CopySource, range: ByteRange, signal: AbortSignal): Promise<CopyReceipt>;
  /** Attributes, times, permission and all HTTP properties of a file; HTTP properties that are absent are cleared. */
  setFile(key: string, settings: FileSettings, signal: AbortSignal): Promise<CopyReceipt>;
  /** Stored ranges, ascending; what lies between them is zeros. */
  listRanges(key: string, signal: AbortSignal): Promise<readonly ByteRange[]>;
  /** `path` ends in `/`. False: it was there, and is left as it was. */
  createDirectory(path: string, settings: FileSettings, signal: AbortSignal): Promise<boolean>;
  setDirectory(path: string, settings: FileSettings, signal: AbortSignal): Promise<CopyReceipt>;
  /** The security descriptor (SDDL) that a key of this share names. */
  readPermission(permissionKey: string, signal: AbortSignal): Promise<string>;
  /** The key of this share for a security descriptor; the same for the same one. */
  createPermission(descriptor: string, signal: AbortSignal): Promise<string>;
}

/** A container or a share; what its service lacks is refused with `unsupported`. */
export type ContainerStore = BlockStore & FileTarget;

/**
 * Rights that no other request shows, each asked about with one that changes nothing: a refusal is about the right, and any
 * answer about the object or container, `bad-request` with status 404 for one, proves it. Not every service has them.
 */
export interface RightProbes {
  /** Set Blob Metadata of a version that no object has. */
  write(container: string, key: string, signal: AbortSignal): Promise<void>;
  /** Set Blob Tags of a name that no object has. */
  writeTags(container: string, key: string, signal: AbortSignal): Promise<void>;
  /** Set Container Metadata of a container that is not there; it takes the right to make it. */
  makeContainer(container: string, signal: AbortSignal): Promise<void>;
}

/** A snapshot of one share, and the job that took it. */
export interface OwnSnapshot {
  readonly container: string;
  /** Names the snapshot; as the service wrote it. */
  readonly time: string;
  readonly job: string;
}

/** Accounts whose containers can be frozen. One request a method; those of blobs refuse with `unsupported`. */
export interface SnapshotSource {
  /** Not idempotent: each call takes another one. It bears the job's id, by which it is found again. */
  readonly createSnapshot: (container: string, job: string, signal: AbortSignal) => Promise<string>;
  /** A page of the snapshots that jobs took, of containers whose names begin with `prefix`. */
  readonly listSnapshots: (
    options: { readonly prefix: string; readonly token?: string },
    signal: AbortSignal,
  ) => Promise<{ readonly snapshots: readonly OwnSnapshot[]; readonly next?: string }>;
  /** Idempotent. */
  readonly deleteSnapshot: (container: string, time: string, signal: AbortSignal) => Promise<void>;
}

/** One account of the table. */
export interface AccountStore extends SnapshotSource {
  readonly account: string;
  /** `snapshot`: as it was then, for reading only. */
  container(name: string, snapshot?: string): ContainerStore;
  /** Names in ascending order. */
  listContainers(
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly string[]; readonly next?: string }>;
  /** True when it was created, false when it existed. */
  createContainer(name: string, signal: AbortSignal): Promise<boolean>;
  containerExists(name: string, signal: AbortSignal): Promise<boolean>;
  readonly probes?: RightProbes;
  /** Get User Delegation Key, for a minute; the key is dropped at once. Absent: the service gives out none. */
  delegate?(signal: AbortSignal): Promise<void>;
}
