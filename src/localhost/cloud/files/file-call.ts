import type { KeyObject } from 'node:crypto';
import type { Caller } from '../authenticate.js';
import type { CopyLimits } from '../copy-limits.js';
import type { SourceReader } from '../copy-source.js';
import { ServiceError } from '../errors.js';
import type { FrontReply, FrontRequest } from '../exchange.js';
import { header, headerPairs, readAll } from '../exchange.js';
import type { Target } from '../operation.js';
import type { DirectoryEntry, FileEntry, Metadata } from './file-entry.js';
import { parsePath } from './file-names.js';
import type { ShareProperties } from './share-change.js';
import type { ShareStore } from './share-store.js';
import type { ShareTree } from './share-tree.js';
import type { Share } from './share.js';

/** One authorised request to the Files service. */
export interface FileCall {
  readonly request: FrontRequest;
  readonly target: Target;
  readonly caller: Caller;
  readonly shares: ShareStore;
  readonly sources: SourceReader;
  readonly limits: CopyLimits;
  readonly secret: KeyObject;
  /** The account's key, base64. */
  readonly accountKey: string;
}

export type FileHandler = (call: FileCall) => FrontReply | Promise<FrontReply>;

export function headerOf({ request }: FileCall, name: string): string | undefined {
  return header(request.headers, name);
}

/** A share, live or as a snapshot. */
export interface ShareView {
  readonly share: Share;
  readonly tree: ShareTree;
  readonly properties: ShareProperties;
  /** Undefined for the live share. */
  readonly snapshot?: string;
}

/** 404 ShareNotFound. */
export function shareOf(call: FileCall): Share {
  const share = call.shares.find(call.target.account, call.target.container ?? '');
  if (share === undefined)
    throw new ServiceError(404, 'ShareNotFound', 'The specified share does not exist.');
  return share;
}

/** The share, or with `sharesnapshot` in the query what it was: 404 ShareNotFound, ShareSnapshotNotFound. */
export function viewOf(call: FileCall): ShareView {
  const share = shareOf(call);
  const time = call.target.query.get('sharesnapshot') ?? call.target.query.get('snapshot');
  if (time === null) return { share, tree: share.tree, properties: share.properties };
  return { share, ...snapshotOf(share, time), snapshot: time };
}

/** 404 ShareSnapshotNotFound. */
export function snapshotOf(
  share: Share,
  time: string,
): { tree: ShareTree; properties: ShareProperties; generation: number } {
  const found = share.snapshot(time);
  if (found !== undefined) return found;
  throw new ServiceError(404, 'ShareSnapshotNotFound', 'The specified share snapshot does not exist.');
}

/** The share for a write: 400 when the query names a snapshot. */
export function writableShare(call: FileCall): Share {
  if (call.target.query.has('sharesnapshot')) {
    throw new ServiceError(
      400,
      'InvalidQueryParameterValue',
      'Value for one of the query parameters specified in the request URI is invalid.',
      { elements: [['QueryParameterName', 'sharesnapshot']] },
    );
  }
  return shareOf(call);
}

/** The path below the share; empty for its root. */
export function pathOf(call: FileCall): string[] {
  return parsePath(call.target.blob ?? '', headerOf(call, 'x-ms-allow-trailing-dot') === 'true');
}

/** 404 ParentNotFound when the path to a directory breaks off, else ResourceNotFound. */
export function directoryAt(tree: ShareTree, path: readonly string[]): DirectoryEntry {
  const entry = tree.at(path);
  if (entry?.kind === 'directory') return entry;
  throw missing(tree, path);
}

export function fileAt(tree: ShareTree, path: readonly string[]): FileEntry {
  const entry = tree.at(path);
  if (entry?.kind === 'file') return entry;
  throw missing(tree, path);
}

/** The directory that holds, or shall hold, the last name of a path: 404 ParentNotFound. */
export function parentOf(tree: ShareTree, path: readonly string[]): DirectoryEntry {
  const parent = tree.at(path.slice(0, -1));
  if (parent?.kind === 'directory') return parent;
  throw new ServiceError(404, 'ParentNotFound', 'The specified parent path does not exist.');
}

function missing(tree: ShareTree, path: readonly string[]): ServiceError {
  if (path.length > 1) parentOf(tree, path);
  return new ServiceError(404, 'ResourceNotFound', 'The specified resource does not exist.');
}

/** `x-ms-meta-*` of a request, in the sender's case. */
export function requestedMetadata({ request }: FileCall): Metadata {
  const found: [string, string][] = [];
  for (const [name, value] of headerPairs(request.rawHeaders)) {
    if (name.toLowerCase().startsWith('x-ms-meta-')) found.push([name.slice('x-ms-meta-'.length), value]);
  }
  return found;
}

/** The whole body; 413 when it is longer than the limit. */
export async function bodyOf({ request }: FileCall, limitBytes: number): Promise<Buffer> {
  if (Number(header(request.headers, 'content-length') ?? 0) > limitBytes) throw tooLarge();
  const body = request.body === undefined ? Buffer.alloc(0) : await readAll(request.body);
  if (body.length > limitBytes) throw tooLarge();
  return body;
}

export function tooLarge(): ServiceError {
  return new ServiceError(
    413,
    'RequestBodyTooLarge',
    'The request body is too large and exceeds the maximum permissible limit.',
  );
}
