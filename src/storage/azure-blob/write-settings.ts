import type { BlobHTTPHeaders, BlobRequestConditions } from '@azure/storage-blob';
import type { WritePin, WriteSettings } from '../store.js';

/** Options that single-shot copies and commits of block lists have in common. */
export interface WriteOptions {
  readonly conditions: BlobRequestConditions;
  readonly blobHTTPHeaders: BlobHTTPHeaders;
  readonly metadata?: Record<string, string>;
  readonly tags?: Record<string, string>;
  readonly tier?: string;
}

/** The SDK's form of a pin and of what is set together with the content. */
export function toWriteOptions(pin: WritePin, settings: WriteSettings): WriteOptions {
  return {
    conditions: 'absent' in pin ? { ifNoneMatch: '*' } : { ifMatch: pin.etag },
    blobHTTPHeaders: toHeaders(settings),
    ...(settings.metadata === undefined ? {} : { metadata: { ...settings.metadata } }),
    ...(hasEntries(settings.tags) ? { tags: { ...settings.tags } } : {}),
    ...(settings.tier === undefined ? {} : { tier: settings.tier }),
  };
}

/** True when the request will carry tags, and so needs the permission for them. */
export function hasEntries(map: Readonly<Record<string, string>> | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}

function toHeaders({ properties, md5 }: WriteSettings): BlobHTTPHeaders {
  return {
    ...(properties?.contentType === undefined ? {} : { blobContentType: properties.contentType }),
    ...(properties?.contentEncoding === undefined ? {} : { blobContentEncoding: properties.contentEncoding }),
    ...(properties?.contentLanguage === undefined ? {} : { blobContentLanguage: properties.contentLanguage }),
    ...(properties?.contentDisposition === undefined
      ? {}
      : { blobContentDisposition: properties.contentDisposition }),
    ...(properties?.cacheControl === undefined ? {} : { blobCacheControl: properties.cacheControl }),
    ...(md5 === undefined ? {} : { blobContentMD5: Buffer.from(md5, 'base64') }),
  };
}
