import type { Caller } from './authenticate.js';
import type { CopyContext } from './copy-from-url.js';
import { copyFromUrl } from './copy-from-url.js';
import { setHeader, sourceConditions } from './copy-headers.js';
import type { AzuriteRequest, FrontReply, FrontRequest } from './exchange.js';
import { header, rawHeader } from './exchange.js';
import { parseTarget } from './operation.js';
import { passThrough } from './pass-through.js';
import { sharedKeyAuthorization } from './shared-key.js';

/** What an asynchronous copy needs besides a synchronous one. */
export interface AsyncCopyContext extends CopyContext {
  readonly caller: Caller;
  /** Key of the destination account, for signing on behalf of a SharedKey caller. */
  readonly key?: string;
}

/**
 * Copy Blob. A source of this cloud is authorised here (its SAS, or the caller's own credential within the same account), then
 * Azurite copies it as metadata, at once, of any size. An archived source needs a tier and, other than in Azure, the same account. A foreign source is read like a synchronous one. The reply is
 * always 202 with `x-ms-copy-status: success`.
 */
export async function copyBlob(context: AsyncCopyContext, request: AzuriteRequest): Promise<FrontReply> {
  const url = header(request.headers, 'x-ms-copy-source') ?? '';
  const path = context.sources.ownPath(url, 'blob');
  if (path === undefined) return copyFromUrl(context, request);
  await context.sources.check({ url, headers: checkHeaders(context, request, path) });
  return passThrough(context.upstream, request);
}

function checkHeaders(context: AsyncCopyContext, request: FrontRequest, path: string): string[] {
  const headers = [
    'x-ms-version',
    header(request.headers, 'x-ms-version') ?? '2026-04-06',
    'x-ms-date',
    new Date().toUTCString(),
    ...sourceConditions(request.headers),
  ];
  const source = parseTarget(path);
  if (source.account !== context.account || source.query.has('sig')) return headers;
  if (context.caller.kind === 'bearer') {
    headers.push('Authorization', header(request.headers, 'authorization') ?? '');
  }
  if (context.caller.kind === 'SharedKey' && context.key !== undefined) {
    headers.push('Authorization', sharedKeyAuthorization(source.account, context.key, 'HEAD', path, headers));
  }
  return headers;
}

/** A reply that tells the source of a former copy, as the service would: with the front's host and without the query. */
export function hideCopySource(reply: FrontReply, host: string): FrontReply {
  const told = rawHeader(reply.headers, 'x-ms-copy-source');
  if (told === undefined) return reply;
  const headers = [...reply.headers];
  setHeader(
    headers,
    'x-ms-copy-source',
    told.replace(/^https?:\/\/[^/]*/, `https://${host}`).replace(/\?.*$/, ''),
  );
  return { ...reply, headers };
}
