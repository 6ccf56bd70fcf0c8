import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { CopyLimits } from './copy-limits.js';
import type { OpenSource, SourceReader } from './copy-source.js';
import { cannotVerifyCopySource, ServiceError } from './errors.js';
import type { AzuriteRequest, FrontReply, FrontRequest } from './exchange.js';
import { header, rawHeader, readAll } from './exchange.js';
import type { MeasuredSource } from './copy-headers.js';
import { destinationHeaders, isWholeBlob, setHeader, sourceHeaders, sourceTags } from './copy-headers.js';
import { replyOf } from './pass-through.js';
import { sharedKeyAuthorization } from './shared-key.js';
import type { Upstream } from './upstream.js';

/** Bodies up to this size go on in one piece; larger ones are streamed. */
const ONE_PIECE_BYTES = 256 * 1024;
/** A source without a length must fit into this. */
const UNKNOWN_LENGTH_BYTES = 64 * 1024 * 1024;

/** What a copy needs besides the request. */
export interface CopyContext {
  readonly upstream: Upstream;
  readonly sources: SourceReader;
  readonly limits: CopyLimits;
  readonly operation: string;
  readonly account: string;
  /** The account's key when the caller signed with it: the request to Azurite is then signed anew. */
  readonly resignKey?: string;
}

/**
 * Does what Azurite cannot: reads the source and puts its bytes as a block, a blob, an appended block or a page at the destination.
 * The bytes stream; nothing larger than 256 KiB is held. The caller has been authenticated, unless by SAS, which Azurite checks.
 */
export async function copyFromUrl(context: CopyContext, request: AzuriteRequest): Promise<FrontReply> {
  checkRequest(context, request);
  checkConditions(context, request);
  const source = await context.sources.open({
    url: header(request.headers, 'x-ms-copy-source') ?? '',
    headers: sourceHeaders(withFileIntent(request.headers)),
  });
  const measured = await measure(source);
  try {
    checkSource(context, request, measured);
    const headers = destinationHeaders(context.operation, request, measured);
    if (header(request.headers, 'x-ms-copy-source-tag-option') === 'COPY') {
      const tags = await sourceTags(context.sources, request.headers);
      if (tags !== '') setHeader(headers, 'x-ms-tags', tags);
    }
    return await put(context, request, measured, headers);
  } catch (error) {
    if (!Buffer.isBuffer(measured.body)) measured.body.destroy();
    throw error;
  }
}

/** The blob service speaks for its caller to Azure Files since this version. */
const FIRST_FILE_BEARER_VERSION = '2025-07-05';

function withFileIntent(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  if ((header(headers, 'x-ms-version') ?? '') >= FIRST_FILE_BEARER_VERSION) return headers;
  const { 'x-ms-file-request-intent': _early, ...rest } = headers;
  return rest;
}

/** 400 for a condition on a file: Azure Files knows none. */
function checkConditions(context: CopyContext, request: FrontRequest): void {
  const url = header(request.headers, 'x-ms-copy-source') ?? '';
  const conditional = Object.keys(request.headers).some((name) => name.startsWith('x-ms-source-if-'));
  if (conditional && context.sources.ownPath(url, 'file') !== undefined) {
    throw new ServiceError(400, 'ConditionHeadersNotSupported', 'Condition headers are not supported.');
  }
}

async function measure(source: OpenSource): Promise<MeasuredSource> {
  const { lengthBytes, body } = source;
  if (Buffer.isBuffer(body)) return { ...source, lengthBytes: body.length };
  if (lengthBytes !== undefined && lengthBytes > ONE_PIECE_BYTES) return { ...source, lengthBytes };
  try {
    const whole = lengthBytes === undefined ? await readBounded(body) : await readAll(body);
    return { ...source, body: whole, lengthBytes: whole.length };
  } catch (error) {
    throw error instanceof ServiceError ? error : brokenSource();
  }
}

async function readBounded(body: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > UNKNOWN_LENGTH_BYTES) {
      throw new ServiceError(
        409,
        'CannotVerifyCopySource',
        'The copy source gives no length and is too large.',
      );
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function brokenSource(): ServiceError {
  return cannotVerifyCopySource({
    status: 500,
    code: 'InternalError',
    message: 'The server encountered an internal error. Please retry the request.',
  });
}

function checkRequest(context: CopyContext, request: FrontRequest): void {
  if (Number(header(request.headers, 'content-length') ?? 0) !== 0) {
    throw new ServiceError(400, 'InvalidHeaderValue', 'A copy from a URL must have no body.', {
      elements: [['HeaderName', 'Content-Length']],
    });
  }
  const url = header(request.headers, 'x-ms-copy-source') ?? '';
  if (Buffer.byteLength(url) > context.limits.copySourceBytes) {
    throw new ServiceError(400, 'InvalidHeaderValue', 'The copy source is longer than 2 KiB.', {
      elements: [['HeaderName', 'x-ms-copy-source']],
    });
  }
  const tagOption = header(request.headers, 'x-ms-copy-source-tag-option');
  if (tagOption === 'COPY' && request.headers['x-ms-tags'] !== undefined) {
    throw new ServiceError(409, 'InvalidHeaderValue', 'Tags can be given or copied, not both.', {
      elements: [['HeaderName', 'x-ms-tags']],
    });
  }
}

/** A range must have been answered in full. */
function checkRange(request: FrontRequest, source: MeasuredSource): void {
  const wanted = /^bytes=(\d+)-(\d*)$/.exec(header(request.headers, 'x-ms-source-range') ?? '');
  if (wanted !== null) {
    const [, first = '', last = ''] = wanted;
    const asked = last === '' ? undefined : Number(last) - Number(first) + 1;
    if (source.status !== 206 || (asked !== undefined && asked !== source.lengthBytes)) {
      throw new ServiceError(
        416,
        'InvalidRange',
        'The range specified is invalid for the current size of the resource.',
      );
    }
  }
}

function checkSource(context: CopyContext, request: FrontRequest, source: MeasuredSource): void {
  const { operation, limits } = context;
  checkRange(request, source);
  if (source.lengthBytes > limitOf(operation, limits)) throw tooLarge(operation);
  const type = rawHeader(source.headers, 'x-ms-blob-type');
  if (operation === 'CopyBlobFromUrl' && type !== undefined && type !== 'BlockBlob') {
    throw new ServiceError(409, 'InvalidSourceBlobType', 'The blob type of the copy source is invalid.');
  }
}

function limitOf(operation: string, limits: CopyLimits): number {
  if (operation === 'PutBlockFromUrl') return limits.putBlockFromUrlBytes;
  if (operation === 'CopyBlobFromUrl') return limits.copyBlobFromUrlBytes;
  if (operation === 'AppendBlockFromUrl') return limits.appendBlockFromUrlBytes;
  if (operation === 'PutPageFromUrl') return limits.putPageFromUrlBytes;
  return limits.putBlobFromUrlBytes;
}

function tooLarge(operation: string): ServiceError {
  return isWholeBlob(operation)
    ? new ServiceError(
        409,
        'CannotVerifyCopySource',
        'The source request body for synchronous copy is too large and exceeds the maximum permissible limit.',
      )
    : new ServiceError(
        413,
        'RequestBodyTooLarge',
        'The request body is too large and exceeds the maximum permissible limit.',
      );
}

async function put(
  context: CopyContext,
  request: AzuriteRequest,
  source: MeasuredSource,
  headers: string[],
): Promise<FrontReply> {
  const { service, method, url } = request;
  if (context.resignKey !== undefined) {
    const { account, resignKey } = context;
    setHeader(headers, 'Authorization', sharedKeyAuthorization(account, resignKey, method, url, headers));
  }
  try {
    const incoming = await context.upstream.send({
      service,
      method,
      url,
      rawHeaders: headers,
      body: source.body,
    });
    return finish(context.operation, request, replyOf(method, incoming));
  } catch (error) {
    const sourceBroke = !Buffer.isBuffer(source.body) && source.body.errored !== null;
    throw sourceBroke ? brokenSource() : error;
  }
}

function finish(operation: string, request: FrontRequest, reply: FrontReply): FrontReply {
  if (reply.status !== 201) return reply;
  const headers = [...reply.headers];
  const askedMd5 = header(request.headers, 'x-ms-source-content-md5');
  if (askedMd5 !== undefined) setHeader(headers, 'Content-MD5', askedMd5);
  if (operation !== 'CopyBlobFromUrl' && operation !== 'CopyBlob') return { ...reply, headers };
  setHeader(headers, 'x-ms-copy-id', randomUUID());
  setHeader(headers, 'x-ms-copy-status', 'success');
  return { ...reply, status: 202, headers };
}
