import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import type { ObjectProperties } from '../../job/operation.js';
import type { DirectoryOptions, ListedObject, ListOptions, ListPage } from '../store.js';

/** One List Blobs request. The page may be short or empty and still have a `next`. */
export async function listPage(client: ContainerClient, options: ListOptions): Promise<ListPage> {
  const pages = client
    .listBlobsFlat({
      prefix: options.prefix,
      includeMetadata: true,
      includeTags: options.tags ?? false,
      abortSignal: options.signal,
    })
    .byPage({
      ...(options.token === undefined ? {} : { continuationToken: options.token }),
      ...(options.limit === undefined ? {} : { maxPageSize: options.limit }),
    });
  const page = await pages.next();
  if (page.done === true) return { objects: [] };
  const objects = page.value.segment.blobItems.map((item) => toListed(item, options.tags ?? false));
  const next = page.value.continuationToken;
  return next === undefined || next === '' ? { objects } : { objects, next };
}

/** One List Blobs request with the delimiter `/`. */
export async function listDirectoryPage(
  client: ContainerClient,
  options: DirectoryOptions,
): Promise<ListPage> {
  const pages = client
    .listBlobsByHierarchy('/', {
      prefix: options.directory,
      includeMetadata: true,
      includeTags: options.tags ?? false,
      abortSignal: options.signal,
    })
    .byPage({
      ...(options.token === undefined ? {} : { continuationToken: options.token }),
      ...(options.limit === undefined ? {} : { maxPageSize: options.limit }),
    });
  const page = await pages.next();
  if (page.done === true) return { objects: [] };
  const { blobItems, blobPrefixes = [] } = page.value.segment;
  const objects = [
    ...blobItems.map((item) => toListed(item, options.tags ?? false)),
    ...blobPrefixes.map(({ name }) => commonBeginning(name)),
  ];
  const next = page.value.continuationToken;
  return next === undefined || next === '' ? { objects } : { objects, next };
}

function commonBeginning(key: string): ListedObject {
  const nothing = { sizeBytes: 0, etag: '', lastModified: '', properties: {}, metadata: {} };
  return { key, kind: 'directory', blobType: 'BlockBlob', ...nothing };
}

function toListed(item: BlobItem, tags: boolean): ListedObject {
  const { properties } = item;
  return {
    key: item.name,
    sizeBytes: properties.contentLength ?? 0,
    etag: quoteEtag(properties.etag),
    lastModified: properties.lastModified.toISOString(),
    blobType: properties.blobType ?? 'BlockBlob',
    ...(properties.contentMD5 === undefined || properties.contentMD5.length === 0
      ? {}
      : { md5: Buffer.from(properties.contentMD5).toString('base64') }),
    ...(properties.accessTier === undefined ? {} : { tier: properties.accessTier }),
    ...(properties.accessTierInferred === undefined ? {} : { tierInferred: properties.accessTierInferred }),
    properties: toProperties(properties),
    metadata: { ...item.metadata },
    ...(tags ? { tags: { ...item.tags } } : {}),
  };
}

/** Listings give ETags without the quotes that headers have. */
export function quoteEtag(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function toProperties(from: BlobItem['properties']): ObjectProperties {
  const { contentType, contentEncoding, contentLanguage, contentDisposition, cacheControl } = from;
  return {
    ...(isSet(contentType) ? { contentType } : {}),
    ...(isSet(contentEncoding) ? { contentEncoding } : {}),
    ...(isSet(contentLanguage) ? { contentLanguage } : {}),
    ...(isSet(contentDisposition) ? { contentDisposition } : {}),
    ...(isSet(cacheControl) ? { cacheControl } : {}),
  };
}

/** Listings give an empty element for what was never set. */
function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
