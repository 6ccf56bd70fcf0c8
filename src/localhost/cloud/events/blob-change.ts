import type { FrontReply, FrontRequest } from '../exchange.js';
import { header, rawHeader } from '../exchange.js';
import type { Target } from '../operation.js';
import type { BlobChange } from './storage-event.js';

/** Operations that change a blob, by their names in the journal, and what `data.api` says of them. */
const changes: Readonly<Record<string, readonly [BlobChange['type'], string]>> = {
  PutBlob: ['BlobCreated', 'PutBlob'],
  PutBlobFromUrl: ['BlobCreated', 'PutBlob'],
  PutBlockList: ['BlobCreated', 'PutBlockList'],
  CopyBlob: ['BlobCreated', 'CopyBlob'],
  CopyBlobFromUrl: ['BlobCreated', 'CopyBlob'],
  DeleteBlob: ['BlobDeleted', 'DeleteBlob'],
  SetBlobTier: ['BlobTierChanged', 'SetBlobTier'],
};

export type ObservedChange = Omit<BlobChange, 'sequence' | 'timeMs'>;

/** The change that a request has made, or undefined: it failed, or changes no content. `host`: the front's. */
export function changeOf(
  request: FrontRequest,
  target: Target,
  operation: string,
  reply: FrontReply,
  host: string,
): ObservedChange | undefined {
  const known = changes[operation];
  const { container, blob } = target;
  if (known === undefined || container === undefined || blob === undefined || reply.status >= 300) {
    return undefined;
  }
  if (isAboutSnapshot(request, target)) return undefined;
  const [type, api] = known;
  const path = request.url.replace(/^https?:\/\/[^/]*/, '').replace(/\?.*$/s, '');
  const clientRequestId = header(request.headers, 'x-ms-client-request-id');
  const etag = type === 'BlobCreated' ? rawHeader(reply.headers, 'etag') : undefined;
  return {
    type,
    api,
    account: target.account,
    container,
    blob,
    url: `https://${host}${path}`,
    requestId: rawHeader(reply.headers, 'x-ms-request-id') ?? '',
    ...(clientRequestId === undefined ? {} : { clientRequestId }),
    ...(etag === undefined ? {} : { etag }),
    ...(operation === 'PutBlob' ? toldByRequest(request) : {}),
  };
}

function isAboutSnapshot(request: FrontRequest, { query }: Target): boolean {
  return query.has('snapshot') || header(request.headers, 'x-ms-delete-snapshots') === 'only';
}

/** An upload says itself what it makes. */
function toldByRequest({ headers }: FrontRequest): Partial<ObservedChange> {
  const contentType = header(headers, 'x-ms-blob-content-type') ?? header(headers, 'content-type');
  return {
    contentType: contentType ?? 'application/octet-stream',
    contentLength: Number(
      header(headers, 'x-ms-blob-content-length') ?? header(headers, 'content-length') ?? 0,
    ),
    blobType: header(headers, 'x-ms-blob-type') ?? 'BlockBlob',
    accessTier: header(headers, 'x-ms-access-tier') ?? 'Default',
  };
}
