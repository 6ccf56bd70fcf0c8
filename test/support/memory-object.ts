import { createHash } from 'node:crypto';
import type { KeyOrder } from '../../src/job/account.js';
import { serviceLimits } from '../../src/job/limits.js';
import type { ObjectProperties, SmbProperties, StringMap } from '../../src/job/operation.js';
import type {
  ByteRange,
  CopyReceipt,
  DirectoryOptions,
  ListedObject,
  ListPage,
} from '../../src/storage/store.js';

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
  /** Of a file or directory in a share. */
  readonly smb?: SmbProperties;
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
  /** In a share: what differs from a plain file's. */
  readonly smb?: SmbProperties;
  /** What of a sparse file has content; all of it by default. */
  readonly stored?: readonly ByteRange[];
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

/** Zeros that nobody has written; they are the same at the same place of any file. */
export function hole(offset: number, sizeBytes: number): readonly Extent[] {
  return sizeBytes === 0 ? [] : [{ of: '', offset, sizeBytes }];
}

/** `content` with `part` in the place of a range. */
export function spliceContent(
  content: readonly Extent[],
  part: readonly Extent[],
  { offset, sizeBytes }: ByteRange,
): readonly Extent[] {
  const end = offset + sizeBytes;
  const rest = sliceContent(content, end, contentSize(content) - end);
  return joinContent([sliceContent(content, 0, offset), part, rest]);
}

/** Content under a label where `stored` says that there is some, holes elsewhere. */
export function sparseContent(
  label: string,
  sizeBytes: number,
  stored: readonly ByteRange[] = [{ offset: 0, sizeBytes }],
): readonly Extent[] {
  return stored.reduce<readonly Extent[]>(
    (content, range) =>
      range.sizeBytes === 0 ? content : spliceContent(content, [{ of: label, ...range }], range),
    hole(0, sizeBytes),
  );
}

/** Where there is content, ascending. */
export function storedRanges(content: readonly Extent[]): readonly ByteRange[] {
  const ranges: ByteRange[] = [];
  let offset = 0;
  for (const { of, sizeBytes } of content) {
    const last = ranges.at(-1);
    const isNext = last !== undefined && last.offset + last.sizeBytes === offset;
    if (of !== '' && isNext) ranges[ranges.length - 1] = { ...last, sizeBytes: last.sizeBytes + sizeBytes };
    else if (of !== '') ranges.push({ offset, sizeBytes });
    offset += sizeBytes;
  }
  return ranges;
}

/** A time as Azure Files writes it: seven decimals. */
export function filesTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '0000Z');
}

export function isReadOnly({ smb }: MemoryObject): boolean {
  return /\bReadOnly\b/.test(smb?.attributes ?? '');
}

/** What a write answers. */
export function receiptOf({ etag, lastModifiedMs }: MemoryObject): CopyReceipt {
  return { etag, requestId: `memory-${etag}`, lastModified: new Date(lastModifiedMs).toISOString() };
}

/** A page of a directory, of `most` entries at most; the token is the next name. */
export function pageOf(
  all: readonly ListedObject[],
  { token, limit }: DirectoryOptions,
  most: number = serviceLimits.listPageObjects,
): ListPage {
  const from = token === undefined ? 0 : placeOf(all, token);
  const to = from + Math.min(limit ?? most, most);
  const next = all[to]?.key;
  return { objects: all.slice(from, to), ...(next === undefined ? {} : { next }) };
}

/** The key that a token names may be gone: the page then begins with what came behind it, whichever way the keys go. */
function placeOf(all: readonly ListedObject[], token: string): number {
  const exact = all.findIndex(({ key }) => key === token);
  if (exact !== -1) return exact;
  const isDescending = (all.at(0)?.key ?? '') > (all.at(-1)?.key ?? '');
  const place = all.findIndex(({ key }) => key < token === isDescending);
  return place === -1 ? all.length : place;
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
    ...(object.smb === undefined
      ? { tier: object.tier ?? 'Hot', tierInferred: object.tier === undefined }
      : { smb: object.smb }),
    ...(object.smb !== undefined && key.endsWith('/') ? { kind: 'directory' as const } : {}),
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
