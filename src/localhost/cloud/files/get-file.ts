import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import { readAll } from '../exchange.js';
import type { Span } from './extents.js';
import type { FileCall } from './file-call.js';
import { fileAt, headerOf, pathOf, viewOf } from './file-call.js';
import type { CopyState, FileEntry } from './file-entry.js';
import { md5Of, metadataHeaders, replyTo, smbHeaders, stampHeaders } from './file-reply.js';
import { badHeader } from './smb-properties.js';

const MAX_MD5_BYTES = 4 * 2 ** 20;

/** Get File, or a range of it: `x-ms-range` before `Range`. 416 InvalidRange beyond its end. */
export async function getFile(call: FileCall): Promise<FrontReply> {
  const { share, tree } = viewOf(call);
  const file = fileAt(tree, pathOf(call));
  const range = readRange(call, file);
  const wantsMd5 = headerOf(call, 'x-ms-range-get-content-md5')?.toLowerCase() === 'true';
  if (wantsMd5 && (range === undefined || range.end - range.start > MAX_MD5_BYTES)) {
    throw badHeader('x-ms-range-get-content-md5', 'true');
  }
  if (range === undefined) {
    const body = share.content.read(file, { start: 0, end: file.lengthBytes });
    return replyTo(call, 200, fileHeaders(file, file.lengthBytes, file.contentHeaders['content-md5']), body);
  }
  const stream = share.content.read(file, range);
  const body = wantsMd5 ? await readAll(stream) : stream;
  const headers = [
    ...fileHeaders(file, range.end - range.start, Buffer.isBuffer(body) ? md5Of(body) : undefined),
    ['Content-Range', `bytes ${String(range.start)}-${String(range.end - 1)}/${String(file.lengthBytes)}`],
    ['x-ms-content-md5', file.contentHeaders['content-md5']],
  ] as const;
  return replyTo(call, 206, headers, body);
}

export function getFileProperties(call: FileCall): FrontReply {
  const file = fileAt(viewOf(call).tree, pathOf(call));
  return replyTo(call, 200, fileHeaders(file, file.lengthBytes, file.contentHeaders['content-md5']));
}

function readRange(call: FileCall, { lengthBytes }: FileEntry): Span | undefined {
  const text = headerOf(call, 'x-ms-range') ?? headerOf(call, 'range');
  if (text === undefined) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(text.trim()) ?? [];
  // As HTTP has it, what is no range is ignored.
  if (first === '' || (last !== '' && Number(last) < Number(first))) return undefined;
  const start = Number(first);
  if (start >= lengthBytes) throw invalidRange(lengthBytes);
  return { start, end: last === '' ? lengthBytes : Math.min(lengthBytes, Number(last) + 1) };
}

/** 416, telling the length. */
export function invalidRange(lengthBytes: number): ServiceError {
  return new ServiceError(
    416,
    'InvalidRange',
    'The range specified is invalid for the current size of the resource.',
    { headers: [['Content-Range', `bytes */${String(lengthBytes)}`]] },
  );
}

const NAMES = {
  'content-encoding': 'Content-Encoding',
  'content-language': 'Content-Language',
  'content-disposition': 'Content-Disposition',
  'cache-control': 'Cache-Control',
} as const;

function fileHeaders(
  file: FileEntry,
  lengthBytes: number,
  md5: string | undefined,
): [string, string | undefined][] {
  const { contentHeaders, lease } = file;
  return [
    ...stampHeaders(file).map(([name, value]): [string, string | undefined] => [name, value]),
    ['Content-Length', String(lengthBytes)],
    ['Content-Type', contentHeaders['content-type'] ?? 'application/octet-stream'],
    ...Object.entries(NAMES).map(([key, name]): [string, string | undefined] => [name, contentHeaders[key]]),
    ['Content-MD5', md5],
    ['Accept-Ranges', 'bytes'],
    ['x-ms-type', 'File'],
    ['x-ms-server-encrypted', 'true'],
    ['x-ms-lease-status', lease === undefined ? 'unlocked' : 'locked'],
    ['x-ms-lease-state', lease === undefined ? 'available' : 'leased'],
    ['x-ms-lease-duration', lease === undefined ? undefined : 'infinite'],
    ...smbHeaders(file),
    ...copyHeaders(file.copy),
    ...metadataHeaders(file.metadata),
  ].map(([name, value]) => [String(name), value]);
}

function copyHeaders(copy: CopyState | undefined): (readonly [string, string | undefined])[] {
  if (copy === undefined) return [];
  return [
    ['x-ms-copy-id', copy.id],
    ['x-ms-copy-source', copy.source],
    ['x-ms-copy-status', copy.status],
    ['x-ms-copy-status-description', copy.description],
    ['x-ms-copy-progress', `${String(copy.copiedBytes)}/${String(copy.totalBytes)}`],
    [
      'x-ms-copy-completion-time',
      copy.completedMs === undefined ? undefined : new Date(copy.completedMs).toUTCString(),
    ],
  ];
}
