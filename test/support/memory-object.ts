import { createHash } from 'node:crypto';
import type { KeyOrder } from '../../src/job/account.js';
import type { ObjectProperties, StringMap } from '../../src/job/operation.js';
import type { ListedObject } from '../../src/storage/store.js';

/** A stretch of some original content: stands for bytes without holding any, so that sizes cost nothing. */
export interface Extent {
  readonly of: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** An object as the memory store keeps it. Two objects hold the same bytes when their `content` is equal. */
export interface MemoryObject {
  readonly content: readonly Extent[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly blobType: ListedObject['blobType'];
  readonly md5?: string;
  /** Absent: the account's default, listed as inferred. */
  readonly tier?: string;
  readonly properties: ObjectProperties;
  readonly metadata: StringMap;
  readonly tags: StringMap;
  readonly leased: boolean;
}

/** What a test says of an object that it puts; all of it optional. */
export interface MemoryPut {
  readonly sizeBytes?: number;
  /** Label of the content; objects with the same label and size hold the same bytes. A fresh one by default. */
  readonly content?: string;
  /** `none` for an object without MD5, as block uploads leave it; derived from the content by default. */
  readonly md5?: string;
  readonly blobType?: ListedObject['blobType'];
  readonly tier?: string;
  readonly properties?: ObjectProperties;
  readonly metadata?: StringMap;
  readonly tags?: StringMap;
  readonly leased?: boolean;
  readonly lastModified?: string;
}

/** The stretch `offset` to `offset + sizeBytes` of some content. */
export function sliceContent(
  content: readonly Extent[],
  offset: number,
  sizeBytes: number,
): readonly Extent[] {
  const slices: Extent[] = [];
  let position = 0;
  for (const extent of content) {
    const from = Math.max(offset, position);
    const to = Math.min(offset + sizeBytes, position + extent.sizeBytes);
    if (to > from) {
      slices.push({ of: extent.of, offset: extent.offset + from - position, sizeBytes: to - from });
    }
    position += extent.sizeBytes;
  }
  return slices;
}

/** Puts stretches one after the other; what belongs together becomes one stretch again. */
export function joinContent(parts: readonly (readonly Extent[])[]): readonly Extent[] {
  const joined: Extent[] = [];
  for (const extent of parts.flat()) {
    const last = joined.at(-1);
    if (last?.of === extent.of && last.offset + last.sizeBytes === extent.offset) {
      joined[joined.length - 1] = { ...last, sizeBytes: last.sizeBytes + extent.sizeBytes };
    } else {
      joined.push(extent);
    }
  }
  return joined;
}

export function contentSize(content: readonly Extent[]): number {
  return content.reduce((sum, extent) => sum + extent.sizeBytes, 0);
}

/** Base64, equal exactly when the content is equal. */
export function md5OfContent(content: readonly Extent[]): string {
  return createHash('md5').update(JSON.stringify(content)).digest('base64');
}

/** The object as a listing tells it; without tags unless asked for. */
export function toListed(key: string, object: MemoryObject, tags: boolean): ListedObject {
  return {
    key,
    sizeBytes: object.sizeBytes,
    etag: object.etag,
    lastModified: new Date(object.lastModifiedMs).toISOString(),
    blobType: object.blobType,
    ...(object.md5 === undefined ? {} : { md5: object.md5 }),
    tier: object.tier ?? 'Hot',
    tierInferred: object.tier === undefined,
    properties: object.properties,
    metadata: object.metadata,
    ...(tags ? { tags: object.tags } : {}),
  };
}

/** Compares keys as a listing of this order sorts them. */
export function compareKeys(order: KeyOrder): (left: string, right: string) => number {
  return order === 'utf8'
    ? (left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))
    : (left, right) => (left < right ? -1 : left > right ? 1 : 0);
}
