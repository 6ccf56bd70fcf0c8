import type { DirectoryItem, FileItem } from '@azure/storage-file-share';
import type { SmbProperties } from '../../job/operation.js';
import type { DirectoryOptions, ListedObject, ListPage } from '../store.js';
import type { ShareAccess } from './share-access.js';
import { exchange } from './wire.js';

/** One List Directories and Files request. */
export async function listPage(access: ShareAccess, options: DirectoryOptions): Promise<ListPage> {
  const pages = access
    .directory(options.directory)
    .listFilesAndDirectories({
      includeTimestamps: true,
      includeEtag: true,
      includeAttributes: true,
      includePermissionKey: true,
      includeExtendedInfo: true,
      abortSignal: options.signal,
    })
    .byPage({
      ...(options.token === undefined ? {} : { continuationToken: options.token }),
      ...(options.limit === undefined ? {} : { maxPageSize: options.limit }),
    });
  const { reply: page, body } = await exchange({}, () => pages.next());
  if (page.done === true) return { objects: [] };
  const { directoryItems, fileItems } = page.value.segment;
  const times = readTimes(body);
  const objects = [
    ...directoryItems.map((item, index) => toDirectory(item, options.directory, times.Directory[index])),
    ...fileItems.map((item, index) => toFile(item, options.directory, times.File[index])),
  ];
  const next = page.value.continuationToken;
  return next === '' ? { objects } : { objects, next };
}

type Times = Pick<SmbProperties, 'creationTime' | 'lastWriteTime'>;

/** Times of all entries as the service wrote them, by kind, in the order of the listing; the SDK cuts them to milliseconds. */
function readTimes(body: string): { readonly File: Times[]; readonly Directory: Times[] } {
  const found: { File: Times[]; Directory: Times[] } = { File: [], Directory: [] };
  for (const [, kind, text = ''] of body.matchAll(/<(File|Directory)>(.*?)<\/\1>/gs)) {
    const creationTime = /<CreationTime>([^<]+)</.exec(text)?.[1];
    const lastWriteTime = /<LastWriteTime>([^<]+)</.exec(text)?.[1];
    found[kind === 'File' ? 'File' : 'Directory'].push({
      ...(creationTime === undefined ? {} : { creationTime }),
      ...(lastWriteTime === undefined ? {} : { lastWriteTime }),
    });
  }
  return found;
}

function toFile(item: FileItem, directory: string, times: Times | undefined): ListedObject {
  return { ...common(item, directory + item.name, times), sizeBytes: item.properties.contentLength };
}

function toDirectory(item: DirectoryItem, directory: string, times: Times | undefined): ListedObject {
  return { ...common(item, `${directory}${item.name}/`, times), kind: 'directory', sizeBytes: 0 };
}

function common(
  item: FileItem | DirectoryItem,
  key: string,
  times: Times = {},
): Omit<ListedObject, 'sizeBytes'> {
  const { attributes, permissionKey, properties } = item;
  return {
    key,
    etag: quoteEtag(properties?.etag ?? ''),
    lastModified: properties?.lastModified?.toISOString() ?? '',
    blobType: 'BlockBlob',
    unlisted: true,
    properties: {},
    metadata: {},
    smb: {
      ...times,
      ...(attributes === undefined ? {} : { attributes }),
      ...(permissionKey === undefined ? {} : { permissionKey }),
    },
  };
}

/** Listings may give ETags without the quotes that headers have. */
function quoteEtag(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}
