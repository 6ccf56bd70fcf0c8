import type { IncomingHttpHeaders } from 'node:http';

/**
 * What a role can grant. `tags` is apart because the blob service's reader and contributor roles lack it; `shares`, because those
 * for file data do not manage shares and their snapshots; `delegate`, because those for file data give no user delegation key.
 */
export type Action = 'read' | 'write' | 'delete' | 'tags' | 'shares' | 'delegate';

/** The account, container and blob a path-style URL addresses, and its query, decoded. */
export interface Target {
  readonly account: string;
  readonly container?: string;
  /** Decoded once; undefined when the path ends at the container. */
  readonly blob?: string;
  readonly query: URLSearchParams;
}

/** Splits `/account/container/blob?query` as received; a malformed escape is kept as it stands. */
export function parseTarget(url: string): Target {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const [, account = '', container = '', ...rest] = path.split('/');
  const blob = rest.join('/');
  return {
    account: decode(account),
    ...(container === '' ? {} : { container: decode(container) }),
    ...(blob === '' ? {} : { blob: decode(blob) }),
    query,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

type Headers = IncomingHttpHeaders;

/** Name of a blob-service operation, as in the service's own logs (`PutBlobFromUrl`, `ListBlobs`); `Other` if unknown. */
export function operationName(method: string, target: Target, headers: Headers): string {
  if (target.blob !== undefined) return blobOperation(method, target.query, headers);
  if (target.container !== undefined) return containerOperation(method, target.query);
  return accountOperation(method, target.query);
}

function accountOperation(method: string, query: URLSearchParams): string {
  const names: Record<string, string> = {
    'GET list': 'ListContainers',
    'GET properties': query.get('restype') === 'account' ? 'GetAccountInformation' : 'GetServiceProperties',
    'HEAD properties': 'GetAccountInformation',
    'PUT properties': 'SetServiceProperties',
    'GET stats': 'GetServiceStats',
    'GET blobs': 'FindBlobsByTags',
    'POST userdelegationkey': 'GetUserDelegationKey',
    'POST batch': 'Batch',
  };
  return names[`${method} ${query.get('comp') ?? ''}`] ?? 'Other';
}

function containerOperation(method: string, query: URLSearchParams): string {
  const names: Record<string, string> = {
    'PUT ': 'CreateContainer',
    'DELETE ': 'DeleteContainer',
    'GET ': 'GetContainerProperties',
    'HEAD ': 'GetContainerProperties',
    'GET list': 'ListBlobs',
    'PUT metadata': 'SetContainerMetadata',
    'GET metadata': 'GetContainerMetadata',
    'HEAD metadata': 'GetContainerMetadata',
    'GET acl': 'GetContainerACL',
    'HEAD acl': 'GetContainerACL',
    'PUT acl': 'SetContainerACL',
    'PUT lease': 'LeaseContainer',
    'GET blobs': 'FindBlobsByTags',
    'GET properties': 'GetAccountInformation',
    'HEAD properties': 'GetAccountInformation',
    'POST batch': 'Batch',
  };
  return names[`${method} ${query.get('comp') ?? ''}`] ?? 'Other';
}

const BLOB_OPERATIONS: Readonly<Record<string, string>> = {
  'GET ': 'GetBlob',
  'HEAD ': 'HeadBlob',
  'DELETE ': 'DeleteBlob',
  'PUT block': 'PutBlock',
  'PUT blocklist': 'PutBlockList',
  'GET blocklist': 'GetBlockList',
  'PUT properties': 'SetBlobProperties',
  'PUT metadata': 'SetBlobMetadata',
  'GET metadata': 'GetBlobMetadata',
  'HEAD metadata': 'GetBlobMetadata',
  'PUT tags': 'SetBlobTags',
  'GET tags': 'GetBlobTags',
  'PUT tier': 'SetBlobTier',
  'PUT lease': 'LeaseBlob',
  'PUT snapshot': 'SnapshotBlob',
  'PUT copy': 'AbortCopyBlob',
  'PUT appendblock': 'AppendBlock',
  'PUT page': 'PutPage',
  'GET pagelist': 'GetPageRanges',
  'PUT undelete': 'UndeleteBlob',
  'PUT incrementalcopy': 'IncrementalCopyBlob',
};

function blobOperation(method: string, query: URLSearchParams, headers: Headers): string {
  const comp = query.get('comp') ?? '';
  if (query.get('restype') === 'account') return 'GetAccountInformation';
  const fromUrl = headers['x-ms-copy-source'] !== undefined;
  if (method !== 'PUT' || comp !== '') {
    const name = BLOB_OPERATIONS[`${method} ${comp}`] ?? 'Other';
    return fromUrl && ['PutBlock', 'AppendBlock', 'PutPage'].includes(name) ? `${name}FromUrl` : name;
  }
  if (!fromUrl) return 'PutBlob';
  if (headers['x-ms-requires-sync'] === 'true') return 'CopyBlobFromUrl';
  return headers['x-ms-blob-type'] === undefined ? 'CopyBlob' : 'PutBlobFromUrl';
}

/** What an identity must be granted for a request. Tags in a request, a condition or a listing need `tags` besides. */
export function actionsFor(method: string, target: Target, headers: Headers): readonly Action[] {
  const comp = target.query.get('comp');
  if (comp === 'tags' || comp === 'blobs') return ['tags'];
  if (comp === 'userdelegationkey' || comp === 'batch') return [];
  const actions: Action[] = [];
  if (method === 'DELETE') actions.push('delete');
  else actions.push(method === 'GET' || method === 'HEAD' ? 'read' : 'write');
  if (mentionsTags(target.query, headers)) actions.push('tags');
  return actions;
}

function mentionsTags(query: URLSearchParams, headers: Headers): boolean {
  const listed = query.get('comp') === 'list' && (query.get('include') ?? '').split(',').includes('tags');
  return (
    listed ||
    headers['x-ms-tags'] !== undefined ||
    headers['x-ms-if-tags'] !== undefined ||
    headers['x-ms-copy-source-tag-option'] === 'COPY'
  );
}
