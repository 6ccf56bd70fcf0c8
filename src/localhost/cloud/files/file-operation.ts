import type { IncomingHttpHeaders } from 'node:http';
import type { Action, Target } from '../operation.js';

type Names = Readonly<Record<string, string>>;

const SERVICE: Names = {
  'GET list': 'ListShares',
  'GET properties': 'GetFileServiceProperties',
  'PUT properties': 'SetFileServiceProperties',
  'POST userdelegationkey': 'GetUserDelegationKey',
};

const SHARE: Names = {
  'PUT ': 'CreateShare',
  'GET ': 'GetShareProperties',
  'HEAD ': 'GetShareProperties',
  'DELETE ': 'DeleteShare',
  'PUT properties': 'SetShareProperties',
  'PUT metadata': 'SetShareMetadata',
  'GET metadata': 'GetShareMetadata',
  'GET stats': 'GetShareStats',
  'PUT snapshot': 'SnapshotShare',
  'GET acl': 'GetShareACL',
  'PUT acl': 'SetShareACL',
  'PUT filepermission': 'CreatePermission',
  'GET filepermission': 'GetPermission',
};

const DIRECTORY: Names = {
  'PUT ': 'CreateDirectory',
  'GET ': 'GetDirectoryProperties',
  'HEAD ': 'GetDirectoryProperties',
  'DELETE ': 'DeleteDirectory',
  'GET list': 'ListFilesAndDirectories',
  'PUT metadata': 'SetDirectoryMetadata',
  'PUT properties': 'SetDirectoryProperties',
};

const FILE_FROM_URL: Names = {
  'PUT range': 'PutRangeFromUrl',
  'PUT ': 'CopyFile',
};

const FILE: Names = {
  'PUT ': 'CreateFile',
  'GET ': 'GetFile',
  'HEAD ': 'GetFileProperties',
  'DELETE ': 'DeleteFile',
  'PUT range': 'PutRange',
  'GET rangelist': 'ListRanges',
  'PUT metadata': 'SetFileMetadata',
  'PUT properties': 'SetFileProperties',
  'PUT copy': 'AbortCopyFile',
  'PUT lease': 'LeaseFile',
};

/** Name of an Azure Files operation, as in the service's own logs; `Other` if unknown. */
export function fileOperationName(method: string, target: Target, headers: IncomingHttpHeaders): string {
  const fromUrl = headers['x-ms-copy-source'] !== undefined;
  const key = `${method} ${target.query.get('comp') ?? ''}`;
  return namesFor(target, fromUrl)[key] ?? 'Other';
}

function namesFor(target: Target, fromUrl: boolean): Names {
  if (target.container === undefined) return SERVICE;
  const kind = target.query.get('restype');
  if (kind === 'share') return SHARE;
  if (kind === 'directory') return DIRECTORY;
  if (target.blob === undefined) return {};
  return fromUrl ? FILE_FROM_URL : FILE;
}

const MANAGES_SHARES = new Set([
  'ListShares',
  'GetShareProperties',
  'GetShareMetadata',
  'GetShareACL',
  'GetShareStats',
  'GetFileServiceProperties',
  'CreateShare',
  'DeleteShare',
  'SetShareProperties',
  'SetShareMetadata',
  'SetShareACL',
  'SnapshotShare',
  'SetFileServiceProperties',
]);
const DELETES = new Set(['DeleteFile', 'DeleteDirectory']);

/**
 * What an identity must be granted: Storage File Data Privileged Reader is `read`, Privileged Contributor `read`, `write` and
 * `delete`; neither may list or manage shares and their snapshots, which is `shares`, as the service documents its operations.
 */
export function fileActionsFor(operation: string): readonly Action[] {
  if (MANAGES_SHARES.has(operation)) return ['shares'];
  if (DELETES.has(operation)) return ['delete'];
  return /^(Get|List)/.test(operation) ? ['read'] : ['write'];
}

/** What a SAS must grant. */
export interface SasNeed {
  /** One of these letters. */
  readonly permissions: string;
  /** Resource type of an account SAS: service, container (share) or object. */
  readonly resourceType: 's' | 'c' | 'o';
  /** Whether a SAS of a share, or of a file, may grant it at all. */
  readonly byService: boolean;
}

const DIRECTORY_LISTING: SasNeed = { permissions: 'l', resourceType: 'c', byService: true };

/** What a SAS must grant for an operation. */
export function sasNeedOf(operation: string): SasNeed {
  if (operation === 'ListFilesAndDirectories') return DIRECTORY_LISTING;
  if (operation === 'ListShares') return { permissions: 'l', resourceType: 's', byService: false };
  if (operation.includes('Service')) {
    return { permissions: operation.startsWith('Get') ? 'r' : 'w', resourceType: 's', byService: false };
  }
  if (operation.includes('Permission')) {
    return { permissions: operation.startsWith('Get') ? 'r' : 'cw', resourceType: 'c', byService: true };
  }
  const letters = lettersOf(operation);
  return operation.includes('Share')
    ? { permissions: letters, resourceType: 'c', byService: false }
    : { permissions: letters, resourceType: 'o', byService: true };
}

function lettersOf(operation: string): string {
  if (operation.startsWith('Delete')) return 'd';
  if (operation.startsWith('Create') || operation === 'CopyFile' || operation === 'SnapshotShare')
    return 'cw';
  return /^(Get|List)/.test(operation) ? 'r' : 'w';
}
