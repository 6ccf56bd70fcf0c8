import type { ChaosTime } from './chaos-time.js';
import { contentSize, type Extent, type MemoryObject } from './memory-object.js';
import type { MemoryAccount } from './memory-store.js';

/** Who put a version where it is. */
export type Writer = 'product' | 'other';

/** One version that stood at the destination, or its absence. */
export interface Version {
  readonly by: Writer;
  /** Absent: deleted. */
  readonly object: MemoryObject | undefined;
  /** ETag of what it took the place of. */
  readonly replaced: string | undefined;
}

interface StagedBlock {
  /** When a living process was told that the block is there. */
  toldAtMs?: number;
}

/** Sees every version that stands at source and destination, and every block: what invariants are judged by. */
export class ChaosWatch {
  /** Labels of all contents that a source object ever had, by key. */
  readonly sourceVersions = new Map<string, MemoryObject[]>();
  readonly destinationVersions = new Map<string, Version[]>();
  /** Blocks that were copied again though an earlier activity knew that they were there. */
  readonly needlessBlocks: string[] = [];
  stagedBlocks = 0;
  readonly #blocks = new Map<string, StagedBlock>();
  readonly #time: ChaosTime;
  readonly #source: MemoryAccount;
  readonly #target: MemoryAccount;

  constructor(time: ChaosTime, source: MemoryAccount, target: MemoryAccount) {
    this.#time = time;
    this.#source = source;
    this.#target = target;
  }

  /** Notes what stands at the source now. */
  sourceChanged(key: string): void {
    const object = this.#source.object('data', key);
    if (object === undefined) return;
    const versions = this.sourceVersions.get(key) ?? [];
    versions.push(object);
    this.sourceVersions.set(key, versions);
  }

  /** A write at the destination past the product. */
  otherWrote(key: string, write: () => void): void {
    const before = this.#target.object('copy', key);
    write();
    this.#note(key, before, 'other');
  }

  /** A write by the product; noted when it took effect, whatever its reply. */
  async writing<T>(key: string, write: () => Promise<T>): Promise<T> {
    const before = this.#target.object('copy', key);
    try {
      return await write();
    } finally {
      this.#note(key, before, 'product');
    }
  }

  #note(key: string, before: MemoryObject | undefined, by: Writer): void {
    const object = this.#target.object('copy', key);
    if (object?.etag === before?.etag) return;
    const versions = this.destinationVersions.get(key) ?? [];
    versions.push({ by, object, replaced: before?.etag });
    this.destinationVersions.set(key, versions);
  }

  /** A block on its way; `activity` ends in the time at which its slice began, in base 36. */
  async staging<T>(key: string, id: string, activity: string, stage: () => Promise<T>): Promise<T> {
    const block = this.#blocks.get(`${key} ${id}`);
    const present = this.#target.uncommitted('copy', key).some((candidate) => candidate.id === id);
    const startedAtMs = parseInt(activity.slice(activity.lastIndexOf('.') + 1), 36);
    if (present && block?.toldAtMs !== undefined && block.toldAtMs < startedAtMs) {
      this.needlessBlocks.push(`${key} ${id} at ${String(this.#time.now())} by ${activity}`);
    }
    const result = await stage();
    this.stagedBlocks += 1;
    this.#blocks.set(`${key} ${id}`, present ? { ...block } : {});
    return result;
  }

  /** The process that staged the block has its answer. */
  staged(key: string, id: string): void {
    const block = this.#blocks.get(`${key} ${id}`);
    if (block !== undefined) block.toldAtMs = this.#time.now();
  }
}

/** True when the content is one version from its first byte to its last. */
export function isWhole(content: readonly Extent[], versions: readonly MemoryObject[]): boolean {
  const text = JSON.stringify(content);
  return versions.some(
    (version) => JSON.stringify(version.content) === text && version.sizeBytes === contentSize(content),
  );
}
