import type { FileHttpHeaders } from '@azure/storage-file-share';
import type { ObjectProperties, SmbProperties, StringMap } from '../../job/operation.js';
import type { FileSettings } from '../store.js';

type Headers = Record<string, string | undefined>;

/** Headers for attributes, times and permission, in the words of the wire; what is absent is left to the service. */
export function smbHeaders({
  attributes,
  creationTime,
  lastWriteTime,
  permissionKey,
}: SmbProperties = {}): Headers {
  return {
    ...(attributes === undefined ? {} : { 'x-ms-file-attributes': attributes }),
    ...(creationTime === undefined ? {} : { 'x-ms-file-creation-time': creationTime }),
    ...(lastWriteTime === undefined ? {} : { 'x-ms-file-last-write-time': lastWriteTime }),
    ...(permissionKey === undefined ? {} : { 'x-ms-file-permission-key': permissionKey }),
  };
}

/** Headers for metadata, names with their case. */
export function metadataHeaders(metadata: StringMap = {}): Headers {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]));
}

/** The SDK's form of HTTP properties; on a request that sets them, those that are absent are cleared. */
export function toFileHeaders({ properties = {}, md5 }: FileSettings): FileHttpHeaders {
  const { contentType, contentEncoding, contentLanguage, contentDisposition, cacheControl } = properties;
  return {
    ...(contentType === undefined ? {} : { fileContentType: contentType }),
    ...(contentEncoding === undefined ? {} : { fileContentEncoding: contentEncoding }),
    ...(contentLanguage === undefined ? {} : { fileContentLanguage: contentLanguage }),
    ...(contentDisposition === undefined ? {} : { fileContentDisposition: contentDisposition }),
    ...(cacheControl === undefined ? {} : { fileCacheControl: cacheControl }),
    ...(md5 === undefined ? {} : { fileContentMD5: Buffer.from(md5, 'base64') }),
  };
}

/** What the headers of an answer tell of a file or directory, with times and case as they were sent. */
export interface ReadHeaders {
  readonly properties: ObjectProperties;
  readonly metadata: StringMap;
  readonly smb: SmbProperties;
  readonly md5?: string;
}

/** Reads header names and values, one after the other. */
export function readHeaders(raw: readonly string[]): ReadHeaders {
  const metadata: Record<string, string> = {};
  const values = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    if (name.toLowerCase().startsWith('x-ms-meta-')) metadata[name.slice('x-ms-meta-'.length)] = value;
    else values.set(name.toLowerCase(), value);
  }
  const md5 = values.get('content-md5');
  return {
    metadata,
    ...(md5 === undefined ? {} : { md5 }),
    properties: pick(values, {
      contentType: 'content-type',
      contentEncoding: 'content-encoding',
      contentLanguage: 'content-language',
      contentDisposition: 'content-disposition',
      cacheControl: 'cache-control',
    }),
    smb: pick(values, {
      attributes: 'x-ms-file-attributes',
      creationTime: 'x-ms-file-creation-time',
      lastWriteTime: 'x-ms-file-last-write-time',
      permissionKey: 'x-ms-file-permission-key',
    }),
  };
}

function pick<Name extends string>(
  values: ReadonlyMap<string, string>,
  names: Readonly<Record<Name, string>>,
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(names) as Name[]) {
    const value = values.get(names[name]);
    if (value !== undefined && value !== '') found[name] = value;
  }
  return found;
}
