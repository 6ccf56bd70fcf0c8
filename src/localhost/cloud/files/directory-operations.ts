import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import type { FileCall } from './file-call.js';
import { directoryAt, parentOf, pathOf, requestedMetadata, viewOf, writableShare } from './file-call.js';
import type { DirectoryEntry } from './file-entry.js';
import { metadataHeaders, replyTo, smbHeaders, stampHeaders } from './file-reply.js';
import { requestedPermission } from './permissions.js';
import { newSmbProperties } from './share.js';
import { rootId } from './share-tree.js';
import { requestedProperties, timeOf, preciseNow } from './smb-properties.js';

const ENCRYPTED = ['x-ms-request-server-encrypted', 'true'] as const;

/** Create Directory: 404 ParentNotFound, 409 ResourceAlreadyExists. */
export function createDirectory(call: FileCall): FrontReply {
  const share = writableShare(call);
  const path = pathOf(call);
  const parent = parentOf(share.tree, path);
  const name = path.at(-1);
  if (name === undefined || share.tree.child(parent.id, name) !== undefined) {
    throw new ServiceError(409, 'ResourceAlreadyExists', 'The specified resource already exists.');
  }
  const present = newSmbProperties('directory', parent);
  const smb = requestedProperties(call.request.headers, {
    kind: 'directory',
    now: present.creationTime,
    present,
  });
  const { permissionKey } = parent.smb;
  const entry: DirectoryEntry = {
    kind: 'directory',
    id: share.newId(),
    parentId: parent.id,
    name,
    smb: { ...smb, permissionKey: requestedPermission(call, share, permissionKey, permissionKey) },
    metadata: requestedMetadata(call),
    ...share.stamp(),
  };
  share.commit({ op: 'put', entry });
  return replyTo(call, 201, [...stampHeaders(entry), ENCRYPTED, ...smbHeaders(entry)]);
}

export function getDirectoryProperties(call: FileCall): FrontReply {
  const entry = directoryAt(viewOf(call).tree, pathOf(call));
  return replyTo(call, 200, [
    ...stampHeaders(entry),
    ['x-ms-server-encrypted', 'true'],
    ...smbHeaders(entry),
    ...metadataHeaders(entry.metadata),
  ]);
}

/** Delete Directory: 409 DirectoryNotEmpty. */
export function deleteDirectory(call: FileCall): FrontReply {
  const share = writableShare(call);
  const entry = directoryAt(share.tree, pathOf(call));
  if (entry.id === rootId) {
    throw new ServiceError(
      409,
      'CannotDeleteFileOrDirectory',
      'The file or directory could not be deleted because it is in use by an SMB client.',
    );
  }
  if (!share.tree.isEmpty(entry.id)) {
    throw new ServiceError(409, 'DirectoryNotEmpty', 'The specified directory is not empty.');
  }
  share.remove(entry);
  return replyTo(call, 202, []);
}

export function setDirectoryMetadata(call: FileCall): FrontReply {
  const share = writableShare(call);
  const present = directoryAt(share.tree, pathOf(call));
  const smb = { ...present.smb, changeTime: timeOf(preciseNow()) };
  const entry = { ...present, smb, metadata: requestedMetadata(call), ...share.stamp() };
  share.commit({ op: 'put', entry });
  return replyTo(call, 200, [...stampHeaders(entry), ENCRYPTED]);
}

export function setDirectoryProperties(call: FileCall): FrontReply {
  const share = writableShare(call);
  const present = directoryAt(share.tree, pathOf(call));
  const smb = requestedProperties(call.request.headers, {
    kind: 'directory',
    now: timeOf(preciseNow()),
    present: present.smb,
  });
  const inherited = share.tree.get(present.parentId)?.smb.permissionKey ?? smb.permissionKey;
  const permissionKey = requestedPermission(call, share, smb.permissionKey, inherited);
  const entry = { ...present, smb: { ...smb, permissionKey }, ...share.stamp() };
  share.commit({ op: 'put', entry });
  return replyTo(call, 200, [...stampHeaders(entry), ENCRYPTED, ...smbHeaders(entry)]);
}
