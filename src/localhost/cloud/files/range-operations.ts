import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import { readAll } from '../exchange.js';
import { setHeader, sourceHeaders } from '../copy-headers.js';
import type { Span } from './extents.js';
import type { FileCall } from './file-call.js';
import { bodyOf, headerOf, tooLarge } from './file-call.js';
import type { FileEntry } from './file-entry.js';
import { md5Of, replyTo, stampHeaders } from './file-reply.js';
import { missingHeader, writableFile } from './file-writes.js';
import { invalidRange } from './get-file.js';
import { badHeader, timesAfterWrite } from './smb-properties.js';
import { crc64Of } from './crc64.js';

const MAX_RANGE_BYTES = 4 * 2 ** 20;

/** Put Range: `x-ms-write: update` with up to 4 MiB, or `clear`, of any length. */
export async function putRange(call: FileCall): Promise<FrontReply> {
  const range = readRange('x-ms-range', headerOf(call, 'x-ms-range') ?? headerOf(call, 'range'));
  const word = headerOf(call, 'x-ms-write')?.toLowerCase();
  if (word === undefined) throw missingHeader('x-ms-write');
  if (word === 'clear') {
    writableFile(call);
    return written(call, commitRange(call, range), []);
  }
  if (word !== 'update') throw badHeader('x-ms-write', word);
  checkSize(range);
  const announced = headerOf(call, 'content-length');
  if (announced !== undefined && Number(announced) !== range.end - range.start) {
    throw badHeader('Content-Length', announced);
  }
  const bytes = await bodyOf(call, MAX_RANGE_BYTES);
  if (bytes.length !== range.end - range.start) throw badHeader('Content-Length', String(bytes.length));
  const md5 = md5Of(bytes);
  const expected = headerOf(call, 'content-md5');
  if (expected !== undefined && expected !== md5) throw mismatch('Md5Mismatch', 'MD5');
  return written(call, commitRange(call, range, bytes), [['Content-MD5', md5]]);
}

/**
 * Put Range From URL: up to 4 MiB of a file or blob. The source's own refusal comes back as CannotVerifyCopySource; 400 when the
 * two ranges differ in length.
 */
export async function putRangeFromUrl(call: FileCall): Promise<FrontReply> {
  const range = readRange('x-ms-range', headerOf(call, 'x-ms-range') ?? headerOf(call, 'range'));
  const source = readRange('x-ms-source-range', headerOf(call, 'x-ms-source-range'));
  checkSize(range);
  if (source.end - source.start !== range.end - range.start) {
    throw badHeader('x-ms-source-range', headerOf(call, 'x-ms-source-range') ?? '');
  }
  if (Number(headerOf(call, 'content-length') ?? 0) !== 0) throw badHeader('Content-Length', 'not 0');
  const { file } = writableFile(call);
  if (range.end > file.lengthBytes) throw invalidRange(file.lengthBytes);
  const bytes = await readSource(call, range.end - range.start);
  const crc = await crc64Of(bytes);
  const expected = headerOf(call, 'x-ms-source-content-crc64');
  if (expected !== undefined && expected !== crc) throw mismatch('Crc64Mismatch', 'CRC64');
  return written(call, commitRange(call, range, bytes), [['x-ms-content-crc64', crc]]);
}

async function readSource(call: FileCall, lengthBytes: number): Promise<Buffer> {
  const url = headerOf(call, 'x-ms-copy-source') ?? '';
  if (Buffer.byteLength(url) > call.limits.copySourceBytes) throw badHeader('x-ms-copy-source', '');
  const headers = sourceHeaders(call.request.headers);
  if (headerOf(call, 'x-ms-source-allow-trailing-dot') === 'true') {
    setHeader(headers, 'x-ms-allow-trailing-dot', 'true');
  }
  const { status, body } = await call.sources.open({ url, headers });
  const bytes = Buffer.isBuffer(body) ? body : await readAll(body);
  if (status !== 206 || bytes.length !== lengthBytes) {
    throw new ServiceError(
      416,
      'InvalidRange',
      'The range specified is invalid for the current size of the resource.',
    );
  }
  return bytes;
}

/** A header of the form `bytes=a-b`: 400 when it is missing or has another. */
export function readRange(name: string, text: string | undefined): Span {
  if (text === undefined) throw missingHeader(name);
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(text) ?? [];
  if (first === '' || Number(last) < Number(first)) throw badHeader(name, text);
  return { start: Number(first), end: Number(last) + 1 };
}

function checkSize({ start, end }: Span): void {
  if (end - start > MAX_RANGE_BYTES) throw tooLarge();
}

function mismatch(code: string, name: string): ServiceError {
  return new ServiceError(
    400,
    code,
    `The ${name} value specified in the request did not match with the ${name} value calculated by the server.`,
  );
}

/** Writes the bytes, or clears the range when there are none, to the file as it is now. */
function commitRange(call: FileCall, range: Span, bytes?: Buffer): FileEntry {
  const { share, file } = writableFile(call);
  if (range.end > file.lengthBytes) throw invalidRange(file.lengthBytes);
  const { generation } = share;
  if (bytes !== undefined) share.content.write(file.id, { ...range, generation }, bytes);
  share.commit({
    op: 'range',
    id: file.id,
    ...range,
    ...(bytes === undefined ? {} : { generation }),
    ...share.stamp(),
    times: timesAfterWrite(call.request.headers, file.smb),
  });
  const changed = share.tree.get(file.id);
  return changed?.kind === 'file' ? changed : file;
}

function written(call: FileCall, file: FileEntry, own: readonly (readonly [string, string])[]): FrontReply {
  return replyTo(call, 201, [
    ...stampHeaders(file),
    ...own,
    ['x-ms-request-server-encrypted', 'true'],
    ['x-ms-file-last-write-time', file.smb.lastWriteTime],
  ]);
}
