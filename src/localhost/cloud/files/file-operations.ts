import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import { clearExtents } from './extents.js';
import type { FileCall } from './file-call.js';
import { bodyOf, headerOf, parentOf, pathOf, requestedMetadata, writableShare } from './file-call.js';
import type { DirectoryEntry, FileEntry } from './file-entry.js';
import { replyTo, smbHeaders, stampHeaders } from './file-reply.js';
import {
  changeableFile,
  checkNotReadOnly,
  checkUnlocked,
  contentHeadersOf,
  missingHeader,
  readLength,
  writableFile,
} from './file-writes.js';
import { requestedPermission } from './permissions.js';
import type { Share } from './share.js';
import { newSmbProperties } from './share.js';
import { badHeader, preciseNow, requestedProperties, timeOf } from './smb-properties.js';

const MAX_INITIAL_BYTES = 4 * 2 ** 20;
const ENCRYPTED = ['x-ms-request-server-encrypted', 'true'] as const;

/** Where a file is to be made: what is there already, and under which name the place is known. */
export interface FilePlace {
  readonly share: Share;
  readonly parent: DirectoryEntry;
  readonly name: string;
  readonly former?: FileEntry;
}

/**
 * The place for a new file, or for one that replaces another: 404 ParentNotFound, 409 ResourceTypeMismatch for a directory,
 * 409 ReadOnlyAttribute. A file that is replaced keeps its name's case.
 */
export function placeForFile(call: FileCall, ignoreReadOnly = false): FilePlace {
  const share = writableShare(call);
  const path = pathOf(call);
  const parent = parentOf(share.tree, path);
  const name = path.at(-1);
  const former = name === undefined ? parent : share.tree.child(parent.id, name);
  if (name === undefined || former?.kind === 'directory') {
    throw new ServiceError(
      409,
      'ResourceTypeMismatch',
      'The specified resource type does not match the type of the existing resource.',
    );
  }
  if (former === undefined) return { share, parent, name };
  checkUnlocked(call, former);
  if (!ignoreReadOnly) checkNotReadOnly(former);
  return { share, parent, name: former.name, former };
}

/** Puts a file in its place; the bytes of a former one are gone. */
export function putNewFile(
  place: FilePlace,
  facts: Pick<FileEntry, 'lengthBytes' | 'contentHeaders' | 'smb' | 'metadata' | 'copy'>,
): FileEntry {
  const { share, parent, name, former } = place;
  const entry: FileEntry = {
    kind: 'file',
    id: share.newId(),
    parentId: parent.id,
    name,
    extents: [],
    ...facts,
    ...share.stamp(),
  };
  if (former !== undefined) share.remove(former);
  share.commit({ op: 'put', entry });
  return entry;
}

/** Create File, of its full length and empty of bytes; a body of up to 4 MiB becomes its beginning. */
export async function createFile(call: FileCall): Promise<FrontReply> {
  if (headerOf(call, 'x-ms-type')?.toLowerCase() !== 'file') throw missingHeader('x-ms-type');
  const lengthText = headerOf(call, 'x-ms-content-length');
  if (lengthText === undefined) throw missingHeader('x-ms-content-length');
  const lengthBytes = readLength(lengthText);
  const body = await bodyOf(call, MAX_INITIAL_BYTES);
  if (body.length > lengthBytes) throw badHeader('Content-Length', String(body.length));
  const place = placeForFile(call);
  const present = newSmbProperties('file', place.parent);
  const { headers } = call.request;
  const smb = requestedProperties(headers, { kind: 'file', now: present.creationTime, present });
  const { permissionKey: inherited } = place.parent.smb;
  const permissionKey = requestedPermission(call, place.share, inherited, inherited);
  const entry = putNewFile(place, {
    lengthBytes,
    contentHeaders: contentHeadersOf(call),
    smb: { ...smb, permissionKey },
    metadata: requestedMetadata(call),
  });
  if (body.length > 0) writeBeginning(place.share, entry, body);
  return replyTo(call, 201, [...stampHeaders(entry), ENCRYPTED, ...smbHeaders(entry)]);
}

function writeBeginning(share: Share, entry: FileEntry, body: Buffer): void {
  const extent = { start: 0, end: body.length, generation: share.generation };
  share.content.write(entry.id, extent, body);
  const { etag, lastModifiedMs, smb } = entry;
  share.commit({ op: 'range', id: entry.id, ...extent, etag, lastModifiedMs, times: smb });
}

/** Delete File: 409 ReadOnlyAttribute. */
export function deleteFile(call: FileCall): FrontReply {
  const { share, file } = writableFile(call);
  share.remove(file);
  return replyTo(call, 202, []);
}

export function setFileMetadata(call: FileCall): FrontReply {
  const { share, file } = changeableFile(call);
  const smb = { ...file.smb, changeTime: timeOf(preciseNow()) };
  const entry: FileEntry = { ...file, smb, metadata: requestedMetadata(call), ...share.stamp() };
  share.commit({ op: 'put', entry });
  return replyTo(call, 200, [...stampHeaders(entry), ENCRYPTED]);
}

/**
 * Set File Properties: content headers that are not named are cleared, SMB properties that are not named are kept; a length cuts
 * the file or adds zeros.
 */
export function setFileProperties(call: FileCall): FrontReply {
  const { share, file } = changeableFile(call);
  const lengthText = headerOf(call, 'x-ms-content-length');
  const lengthBytes = lengthText === undefined ? file.lengthBytes : readLength(lengthText);
  if (lengthBytes !== file.lengthBytes) checkNotReadOnly(file);
  const { headers } = call.request;
  const smb = requestedProperties(headers, { kind: 'file', now: timeOf(preciseNow()), present: file.smb });
  const inherited = share.tree.get(file.parentId)?.smb.permissionKey ?? smb.permissionKey;
  const permissionKey = requestedPermission(call, share, smb.permissionKey, inherited);
  const entry: FileEntry = {
    ...file,
    lengthBytes,
    contentHeaders: contentHeadersOf(call),
    extents:
      lengthBytes < file.lengthBytes
        ? clearExtents(file.extents, { start: lengthBytes, end: Infinity })
        : file.extents,
    smb: { ...smb, permissionKey },
    ...share.stamp(),
  };
  share.commit({ op: 'put', entry });
  return replyTo(call, 200, [...stampHeaders(entry), ENCRYPTED, ...smbHeaders(entry)]);
}
