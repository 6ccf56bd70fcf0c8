import { createHash, randomUUID } from 'node:crypto';
import type { FrontReply } from '../exchange.js';
import type { FileCall } from './file-call.js';
import { headerOf } from './file-call.js';
import type { Entry, Metadata } from './file-entry.js';
import type { XmlNode } from './xml.js';
import { xmlDocument } from './xml.js';

/** base64 */
export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

type HeaderList = readonly (readonly [string, string | undefined])[];

/** A reply with the headers that every reply bears; undefined values are left out. */
export function replyTo(
  call: FileCall,
  status: number,
  own: HeaderList,
  body?: FrontReply['body'],
): FrontReply {
  const pairs: HeaderList = [
    ['Server', 'Windows-Azure-File/1.0 Microsoft-HTTPAPI/2.0'],
    ['x-ms-request-id', randomUUID()],
    ['x-ms-version', headerOf(call, 'x-ms-version') ?? call.target.query.get('sv') ?? '2026-04-06'],
    ['x-ms-client-request-id', headerOf(call, 'x-ms-client-request-id')],
    ['Date', new Date().toUTCString()],
    ...own,
    ...(body === undefined && !own.some(([name]) => name === 'Content-Length')
      ? ([['Content-Length', status === 204 ? undefined : '0']] as const)
      : []),
  ];
  const headers = pairs.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return { status, headers, ...(body === undefined ? {} : { body }) };
}

export function xmlReply(call: FileCall, root: XmlNode, own: HeaderList = []): FrontReply {
  const body = xmlDocument(root);
  const headers = [
    ...own,
    ['Content-Type', 'application/xml'],
    ['Content-Length', String(body.length)],
  ] as const;
  return replyTo(call, 200, headers, body);
}

/** ETag and Last-Modified. */
export function stampHeaders(of: Pick<Entry, 'etag' | 'lastModifiedMs'>): HeaderList {
  return [
    ['ETag', of.etag],
    ['Last-Modified', new Date(of.lastModifiedMs).toUTCString()],
  ];
}

/** The SMB properties of an entry. */
export function smbHeaders(entry: Entry): HeaderList {
  const { smb } = entry;
  return [
    ['x-ms-file-attributes', smb.attributes],
    ['x-ms-file-creation-time', smb.creationTime],
    ['x-ms-file-last-write-time', smb.lastWriteTime],
    ['x-ms-file-change-time', smb.changeTime],
    ['x-ms-file-permission-key', smb.permissionKey],
    ['x-ms-file-id', entry.id],
    ['x-ms-file-parent-id', entry.parentId],
  ];
}

export function metadataHeaders(metadata: Metadata): HeaderList {
  return metadata.map(([name, value]) => [`x-ms-meta-${name}`, value] as const);
}
