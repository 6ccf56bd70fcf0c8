import type { KeyOrder } from '../job/account.js';
import type { ObjectProperties, StringMap } from '../job/operation.js';

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

/** What a store can do beyond the core. A capability that is missing is refused, never imitated. */
export interface Capabilities {
  readonly order: KeyOrder;
  readonly blocks: boolean;
  readonly tags: boolean;
  readonly tiers: boolean;
}

/** Where a copy reads from. `open` builds it; the bearer is fetched per attempt and leaves only to `url`'s host. */
export interface CopySource {
  /** Percent-encoded URL of the source object, without any secret. */
  readonly url: string;
  /** The ETag that every request is pinned to. */
  readonly etag: string;
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
  /** Objects whose key begins with `prefix`, strictly ascending in `capabilities.order`. */
  list(options: ListOptions): Promise<ListPage>;
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

export type BlockStore = ObjectStore & BlockTarget;

/** One account of the table. */
export interface AccountStore {
  readonly account: string;
  container(name: string): BlockStore;
  /** Names in ascending order. */
  listContainers(
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly string[]; readonly next?: string }>;
  /** True when it was created, false when it existed. */
  createContainer(name: string, signal: AbortSignal): Promise<boolean>;
  containerExists(name: string, signal: AbortSignal): Promise<boolean>;
}
