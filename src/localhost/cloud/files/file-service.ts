import type { KeyObject } from 'node:crypto';
import type { Caller } from '../authenticate.js';
import type { TokenAuthority } from '../bearer.js';
import type { CopyLimits } from '../copy-limits.js';
import type { SourceReader } from '../copy-source.js';
import { ServiceError } from '../errors.js';
import type { FrontReply, FrontRequest } from '../exchange.js';
import type { Target } from '../operation.js';
import type { RoleAssignment } from '../roles.js';
import {
  createDirectory,
  deleteDirectory,
  getDirectoryProperties,
  setDirectoryMetadata,
  setDirectoryProperties,
} from './directory-operations.js';
import { abortCopyFile, copyFile } from './copy-file.js';
import { authorizeFileRequest } from './file-access.js';
import type { FileHandler } from './file-call.js';
import { createFile, deleteFile, setFileMetadata, setFileProperties } from './file-operations.js';
import { getFile, getFileProperties } from './get-file.js';
import { leaseFile } from './lease-file.js';
import { listEntries } from './list-entries.js';
import { listRanges } from './list-ranges.js';
import { putRange, putRangeFromUrl } from './range-operations.js';
import { getServiceProperties, getUserDelegationKey, listShares } from './service-operations.js';
import {
  createPermission,
  createShare,
  deleteShare,
  getPermission,
  getShareAcl,
  getShareProperties,
  getShareStats,
  setShareAcl,
  setShareMetadata,
  setShareProperties,
  snapshotShare,
} from './share-operations.js';
import type { ShareStore } from './share-store.js';

/** What the Files service needs of the cloud it is part of. */
export interface FileServiceContext {
  readonly authority: TokenAuthority;
  readonly keys: ReadonlyMap<string, string>;
  readonly sources: SourceReader;
  readonly shares: ShareStore;
  readonly roles: readonly RoleAssignment[];
  readonly limits: CopyLimits;
}

const HANDLERS: Readonly<Record<string, FileHandler>> = {
  ListShares: listShares,
  GetFileServiceProperties: getServiceProperties,
  GetUserDelegationKey: getUserDelegationKey,
  CreateShare: createShare,
  GetShareProperties: getShareProperties,
  GetShareMetadata: getShareProperties,
  DeleteShare: deleteShare,
  SetShareProperties: setShareProperties,
  SetShareMetadata: setShareMetadata,
  GetShareStats: getShareStats,
  SnapshotShare: snapshotShare,
  GetShareACL: getShareAcl,
  SetShareACL: setShareAcl,
  CreatePermission: createPermission,
  GetPermission: getPermission,
  CreateDirectory: createDirectory,
  GetDirectoryProperties: getDirectoryProperties,
  DeleteDirectory: deleteDirectory,
  ListFilesAndDirectories: listEntries,
  SetDirectoryMetadata: setDirectoryMetadata,
  SetDirectoryProperties: setDirectoryProperties,
  CreateFile: createFile,
  GetFile: getFile,
  GetFileProperties: getFileProperties,
  DeleteFile: deleteFile,
  SetFileMetadata: setFileMetadata,
  SetFileProperties: setFileProperties,
  PutRange: putRange,
  PutRangeFromUrl: putRangeFromUrl,
  ListRanges: listRanges,
  CopyFile: copyFile,
  AbortCopyFile: abortCopyFile,
  LeaseFile: leaseFile,
};

/** Answers one request to the Files service. Errors of the service are thrown as ServiceError. */
export async function answerFileRequest(
  context: FileServiceContext,
  request: FrontRequest,
  target: Target,
  operation: string,
  caller: Caller,
): Promise<FrontReply> {
  const { shares, sources, limits, authority, keys } = context;
  const accountKey = keys.get(target.account);
  if (accountKey === undefined) {
    throw new ServiceError(404, 'ResourceNotFound', 'The specified account does not exist.');
  }
  authorizeFileRequest(context, request, target, operation, caller);
  const handler = HANDLERS[operation];
  if (handler === undefined) {
    throw new ServiceError(
      501,
      'NotImplemented',
      'The requested operation is not implemented on this emulator.',
    );
  }
  const secret: KeyObject = authority.secret;
  return handler({ request, target, caller, shares, sources, limits, secret, accountKey });
}
