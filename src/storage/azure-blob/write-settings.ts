import type { BlobHTTPHeaders, BlobRequestConditions } from '@azure/storage-blob';
import type { StringMap } from '../../job/operation.js';
import type { WritePin, WriteSettings } from '../store.js';

/** Options of the SDK for a commit of a block list. */
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

/** The same as headers of a request that copies. */
export function toWriteHeaders(pin: WritePin, settings: WriteSettings): Readonly<Record<string, string>> {
  const { properties = {}, metadata = {}, md5, tier, tags = {} } = settings;
  const headers: Record<string, string> =
    'absent' in pin ? { 'if-none-match': '*' } : { 'if-match': pin.etag };
  for (const [property, name] of propertyHeaders) {
    const value = properties[property];
    if (value !== undefined) headers[name] = value;
  }
  for (const [name, value] of Object.entries(metadata)) headers[`x-ms-meta-${name}`] = value;
  if (md5 !== undefined) headers['x-ms-blob-content-md5'] = md5;
  if (tier !== undefined) headers['x-ms-access-tier'] = tier;
  if (hasEntries(tags)) headers['x-ms-tags'] = toQuery(tags);
  return headers;
}

const propertyHeaders = [
  ['contentType', 'x-ms-blob-content-type'],
  ['contentEncoding', 'x-ms-blob-content-encoding'],
  ['contentLanguage', 'x-ms-blob-content-language'],
  ['contentDisposition', 'x-ms-blob-content-disposition'],
  ['cacheControl', 'x-ms-blob-cache-control'],
] as const;

function toQuery(tags: StringMap): string {
  return Object.entries(tags)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');
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
