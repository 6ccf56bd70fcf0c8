import { randomUUID } from 'node:crypto';
import type { OpenSource } from '../copy-source.js';
import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import { headerPairs, rawHeader } from '../exchange.js';
import { parseTarget } from '../operation.js';
import { sharedKeyAuthorization } from '../shared-key.js';
import { abortCopy, fillFile } from './copy-fill.js';
import type { FileCall } from './file-call.js';
import { fileAt, headerOf, pathOf, requestedMetadata, writableShare } from './file-call.js';
import type { CopyState, FileEntry, Metadata, SmbProperties } from './file-entry.js';
import type { FilePlace } from './file-operations.js';
import { placeForFile, putNewFile } from './file-operations.js';
import { replyTo, stampHeaders } from './file-reply.js';
import { contentHeaderNames } from './file-writes.js';
import { badQuery } from './paging.js';
import { requestedPermission } from './permissions.js';
import { newSmbProperties } from './share.js';
import { badHeader, requestedProperties, withArchive } from './smb-properties.js';

/** A copy of up to so many bytes is complete when the request is answered. */
const AT_ONCE_BYTES = 256 * 2 ** 20;

/**
 * Copy File, of a file or blob. The source is authorised by its SAS, or by the request's own key or token for a file of the same
 * account. A small copy answers `success`; a large one, or any that `copyFilePendingMs` delays, `pending`, and goes on by itself.
 */
export async function copyFile(call: FileCall): Promise<FrontReply> {
  const { copyFilePendingMs: delayMs, copySourceBytes } = call.limits;
  const ignoresReadOnly = isTrue(call, 'x-ms-file-copy-ignore-readonly');
  placeForFile(call, ignoresReadOnly);
  const url = headerOf(call, 'x-ms-copy-source') ?? '';
  if (Buffer.byteLength(url) > copySourceBytes) throw badHeader('x-ms-copy-source', '');
  const source = await call.sources.open({ url, headers: sourceHeadersOf(call, url) });
  const totalBytes = source.lengthBytes ?? 0;
  const copy: CopyState = {
    id: randomUUID(),
    source: url.replace(/\?.*$/, ''),
    status: 'pending',
    copiedBytes: 0,
    totalBytes,
  };
  const place = placeForFile(call, ignoresReadOnly);
  const { share } = place;
  const entry = putNewFile(place, { ...factsOf(call, place, source), lengthBytes: totalBytes, copy });
  const filled = fillFile({ share, id: entry.id, copy, delayMs }, source.body);
  if (totalBytes <= AT_ONCE_BYTES && delayMs === 0) await filled;
  const now = share.tree.get(entry.id);
  return replyTo(call, 202, [
    ...stampHeaders(now ?? entry),
    ['x-ms-copy-id', copy.id],
    ['x-ms-copy-status', now?.kind === 'file' ? now.copy?.status : copy.status],
  ]);
}

function isTrue(call: FileCall, name: string): boolean {
  return headerOf(call, name)?.toLowerCase() === 'true';
}

/** The headers that open the source: a SAS stands in its URL; within the account the caller's own credential opens files. */
function sourceHeadersOf(call: FileCall, url: string): string[] {
  const version = headerOf(call, 'x-ms-version') ?? '2026-04-06';
  const headers = ['x-ms-version', version, 'x-ms-date', new Date().toUTCString()];
  if (isTrue(call, 'x-ms-source-allow-trailing-dot')) headers.push('x-ms-allow-trailing-dot', 'true');
  const path = call.sources.ownPath(url, 'file');
  const source = parseTarget(path ?? '');
  if (path === undefined || source.account !== call.target.account || source.query.has('sig')) return headers;
  if (call.caller.kind === 'bearer') {
    const token = headerOf(call, 'authorization') ?? '';
    return [...headers, 'Authorization', token, 'x-ms-file-request-intent', 'backup'];
  }
  if (call.caller.kind !== 'SharedKey') return headers;
  const signature = sharedKeyAuthorization(source.account, call.accountKey, 'GET', path, headers);
  return [...headers, 'Authorization', signature];
}

/** The new file's properties: content headers and, unless the request has some, metadata of the source. */
function factsOf(
  call: FileCall,
  { share, parent }: FilePlace,
  source: OpenSource,
): Pick<FileEntry, 'contentHeaders' | 'smb' | 'metadata'> {
  const own = requestedMetadata(call);
  const present = newSmbProperties('file', parent);
  const sourceSmb = smbOf(source, present);
  const asked = requestedProperties(call.request.headers, {
    kind: 'file',
    now: present.creationTime,
    present,
    ...(sourceSmb === undefined ? {} : { source: sourceSmb }),
  });
  const smb = isTrue(call, 'x-ms-file-copy-set-archive') ? withArchive(asked) : asked;
  const copiesPermission = headerOf(call, 'x-ms-file-permission-copy-mode')?.toLowerCase() === 'source';
  const inherited = present.permissionKey;
  const permissionKey = copiesPermission
    ? (rawHeader(source.headers, 'x-ms-file-permission-key') ?? '')
    : requestedPermission(call, share, inherited, inherited);
  // Keys are each share's own: only a source in the same share has one that is known here.
  if (share.permission(permissionKey) === undefined)
    throw badHeader('x-ms-file-permission-copy-mode', 'source');
  return {
    contentHeaders: contentHeadersOf(source),
    metadata: own.length > 0 ? own : metadataOf(source),
    smb: { ...smb, permissionKey },
  };
}

function contentHeadersOf({ headers }: OpenSource): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of contentHeaderNames) {
    const value = rawHeader(headers, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function metadataOf({ headers }: OpenSource): Metadata {
  const found: [string, string][] = [];
  for (const [name, value] of headerPairs(headers)) {
    if (name.toLowerCase().startsWith('x-ms-meta-')) found.push([name.slice('x-ms-meta-'.length), value]);
  }
  return found;
}

/** SMB properties of a file as source; a blob has none. */
function smbOf({ headers }: OpenSource, present: SmbProperties): SmbProperties | undefined {
  const attributes = rawHeader(headers, 'x-ms-file-attributes');
  if (attributes === undefined) return undefined;
  return {
    ...present,
    attributes,
    creationTime: rawHeader(headers, 'x-ms-file-creation-time') ?? present.creationTime,
    lastWriteTime: rawHeader(headers, 'x-ms-file-last-write-time') ?? present.lastWriteTime,
    changeTime: rawHeader(headers, 'x-ms-file-change-time') ?? present.changeTime,
  };
}

/** Abort Copy File: the file stays, with nothing in it. 409 NoPendingCopyOperation, CopyIdMismatch. */
export function abortCopyFile(call: FileCall): FrontReply {
  const id = call.target.query.get('copyid');
  if (id === null) throw badQuery('InvalidQueryParameterValue', 'copyid', '');
  if (headerOf(call, 'x-ms-copy-action')?.toLowerCase() !== 'abort') throw badHeader('x-ms-copy-action', '');
  const share = writableShare(call);
  const file = fileAt(share.tree, pathOf(call));
  if (file.copy?.status !== 'pending') {
    throw new ServiceError(409, 'NoPendingCopyOperation', 'There is currently no pending copy operation.');
  }
  if (file.copy.id !== id) {
    throw new ServiceError(
      409,
      'CopyIdMismatch',
      'The specified copy ID did not match the copy ID for the pending copy operation.',
    );
  }
  abortCopy(share, file, file.copy);
  return replyTo(call, 204, []);
}
