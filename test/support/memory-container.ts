import type { KeyOrder } from '../../src/job/account.js';
import type { StagedBlock, WritePin } from '../../src/storage/store.js';
import { refusal } from './memory-faults.js';
import { compareKeys, contentSize, md5OfContent, sparseContent } from './memory-object.js';
import type { Extent, MemoryObject, MemoryPut } from './memory-object.js';
import type { MemoryWorld } from './memory-store.js';

/** A staged or committed block. */
export interface Block {
  readonly id: string;
  readonly content: readonly Extent[];
}

type Draft = Omit<MemoryObject, 'etag' | 'lastModifiedMs' | 'sizeBytes' | 'leased'>;

/** What one container holds. */
export class MemoryContainer {
  readonly objects = new Map<string, MemoryObject>();
  readonly #world: MemoryWorld;
  readonly #order: KeyOrder;
  readonly #staged = new Map<string, Map<string, Block>>();
  readonly #committed = new Map<string, readonly Block[]>();
  #sorted: readonly string[] | undefined;
  #sortedSize = -1;

  constructor(world: MemoryWorld, order: KeyOrder) {
    this.#world = world;
    this.#order = order;
  }

  sortedKeys(): readonly string[] {
    if (this.#sorted === undefined || this.#sortedSize !== this.objects.size) {
      this.#sorted = [...this.objects.keys()].sort(compareKeys(this.#order));
      this.#sortedSize = this.objects.size;
    }
    return this.#sorted;
  }

  uncommitted(key: string): readonly StagedBlock[] {
    return [...(this.#staged.get(key)?.values() ?? [])].map(toStagedBlock);
  }

  committed(key: string): readonly StagedBlock[] {
    return this.objects.has(key) ? (this.#committed.get(key) ?? []).map(toStagedBlock) : [];
  }

  put(key: string, put: MemoryPut): string {
    const object = this.write(
      key,
      toDraft(put, () => this.#world.nextEtag()),
    );
    const { leased = false, lastModified } = put;
    const lastModifiedMs = lastModified === undefined ? object.lastModifiedMs : Date.parse(lastModified);
    this.objects.set(key, { ...object, lastModifiedMs, leased });
    return object.etag;
  }

  /** A new version of the object; drops its staged blocks, as the service does. */
  write(key: string, draft: Draft, blocks: readonly Block[] = []): MemoryObject {
    const object: MemoryObject = {
      ...draft,
      sizeBytes: contentSize(draft.content),
      etag: this.#world.nextEtag(),
      lastModifiedMs: Math.floor(this.#world.clock.now() / 1000) * 1000,
      leased: false,
    };
    if (!this.objects.has(key)) this.#sorted = undefined;
    this.objects.set(key, object);
    this.#staged.delete(key);
    this.#committed.set(key, blocks);
    return object;
  }

  remove(key: string): void {
    this.objects.delete(key);
    this.#sorted = undefined;
  }

  stage(key: string, block: Block): void {
    const staged = this.#staged.get(key) ?? new Map<string, Block>();
    const [length] = [...staged.keys()].map((id) => id.length);
    if (length !== undefined && length !== block.id.length)
      throw refusal('bad-request', 400, 'InvalidBlobOrBlock');
    staged.set(block.id, block);
    this.#staged.set(key, staged);
  }

  /** The blocks behind `ids`, staged ones first. */
  blocks(key: string, ids: readonly string[]): readonly Block[] {
    const staged = this.#staged.get(key);
    const committed = this.objects.has(key) ? (this.#committed.get(key) ?? []) : [];
    return ids.map((id) => {
      const block = staged?.get(id) ?? committed.find((candidate) => candidate.id === id);
      if (block === undefined) throw refusal('invalid-block-list', 400, 'InvalidBlockList');
      return block;
    });
  }

  demand(key: string, pin: WritePin): void {
    const present = this.objects.get(key);
    if ('absent' in pin && present !== undefined)
      throw refusal('destination-exists', 409, 'BlobAlreadyExists');
    if ('etag' in pin && present?.etag !== pin.etag)
      throw refusal('destination-changed', 412, 'ConditionNotMet');
    if (present?.leased === true) throw refusal('destination-leased', 412, 'LeaseIdMissing');
    if (present?.tier === 'Archive') throw refusal('destination-archived', 409, 'BlobArchived');
  }
}

function toStagedBlock(block: Block): StagedBlock {
  return { id: block.id, sizeBytes: contentSize(block.content) };
}

function toDraft(put: MemoryPut, freshLabel: () => string): Draft {
  const { sizeBytes = 10, blobType = 'BlockBlob', tier, properties = {}, metadata = {}, tags = {} } = put;
  const label = put.content ?? `content-${freshLabel()}`;
  const content = sparseContent(label, sizeBytes, put.stored);
  const md5 = put.md5 === 'none' ? undefined : (put.md5 ?? md5OfContent(content));
  return {
    content,
    blobType,
    ...(md5 === undefined ? {} : { md5 }),
    ...(tier === undefined ? {} : { tier }),
    properties,
    metadata,
    tags,
    ...(put.smb === undefined ? {} : { smb: put.smb }),
  };
}
