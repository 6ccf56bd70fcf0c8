import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { ServiceError } from './errors.js';
import type { FrontReply, FrontRequest } from './exchange.js';
import { ConnectionReset, header, headerPairs, readAll } from './exchange.js';

const MAX_PARTS = 256;

/** One request within a batch. */
interface Part {
  readonly contentId: string;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

/**
 * Blob Batch: each part goes the way of a request of its own, so that roles and faults hold for each, and the replies come back
 * together. Parts count as internal in the journal: a client sent one request. 400 InvalidInput for a body that is no batch.
 */
export async function serveBatch(
  request: FrontRequest,
  serve: (part: FrontRequest) => Promise<FrontReply>,
): Promise<FrontReply> {
  const body = request.body === undefined ? '' : (await readAll(request.body)).toString('utf8');
  const boundary = /boundary=([^;]+)/.exec(header(request.headers, 'content-type') ?? '')?.[1];
  const parts = boundary === undefined ? [] : parseParts(body, boundary);
  if (parts.length === 0 || parts.length > MAX_PARTS) {
    throw new ServiceError(400, 'InvalidInput', 'The batch request body is malformed.');
  }
  const answers = await Promise.all(parts.map((part) => servePart(request, part, serve)));
  const replyBoundary = `batchresponse_${randomUUID()}`;
  const text = `${answers.map((answer) => `--${replyBoundary}\r\n${answer}`).join('')}--${replyBoundary}--\r\n`;
  const content = Buffer.from(text);
  return {
    status: 202,
    headers: [
      'Content-Type',
      `multipart/mixed; boundary=${replyBoundary}`,
      'Content-Length',
      String(content.length),
      'x-ms-request-id',
      randomUUID(),
      'x-ms-version',
      header(request.headers, 'x-ms-version') ?? '2026-04-06',
    ],
    body: content,
  };
}

function parseParts(body: string, boundary: string): Part[] {
  return body
    .split(`--${boundary}`)
    .slice(1)
    .filter((section) => !section.startsWith('--'))
    .flatMap((section) => {
      const lines = section.split(/\r?\n/);
      const start = lines.findIndex((line) => line.trim().endsWith(' HTTP/1.1'));
      const [method = '', url = ''] = lines[start]?.split(' ') ?? [];
      const contentId = /content-id:\s*(\S+)/i.exec(lines.slice(0, Math.max(start, 0)).join('\n'))?.[1] ?? '';
      if (start < 0) return [];
      return [{ contentId, method, url: pathOf(url), rawHeaders: headersFrom(lines.slice(start + 1)) }];
    });
}

/** Some clients write the whole URL into the request line. */
function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, '');
}

function headersFrom(lines: readonly string[]): string[] {
  const end = lines.indexOf('');
  return lines.slice(0, end < 0 ? lines.length : end).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}

async function servePart(
  batch: FrontRequest,
  part: Part,
  serve: (part: FrontRequest) => Promise<FrontReply>,
): Promise<string> {
  const version = header(batch.headers, 'x-ms-version');
  const rawHeaders = ['Host', header(batch.headers, 'host') ?? '', ...part.rawHeaders];
  const headers: Record<string, string> = {};
  for (const [name, value] of headerPairs(rawHeaders)) headers[name.toLowerCase()] = value;
  // A part inherits the version; a part signed with the key cannot, its signature would no longer hold.
  if (version !== undefined && headers['x-ms-version'] === undefined && isUnsigned(headers)) {
    rawHeaders.push('x-ms-version', version);
  }
  let reply: FrontReply;
  try {
    const { method, url } = part;
    reply = await serve({ service: 'blob', method, url, rawHeaders, headers, internal: true });
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error;
    reply = { status: 500, headers: ['x-ms-error-code', 'InternalError'] };
  }
  const body =
    reply.body === undefined || Buffer.isBuffer(reply.body) ? reply.body : await readAll(reply.body);
  return partText(part, reply, body?.toString('utf8') ?? '');
}

function isUnsigned(headers: Readonly<Record<string, string>>): boolean {
  return headers['authorization']?.startsWith('SharedKey') !== true;
}

function partText(part: Part, reply: FrontReply, body: string): string {
  const headers = [...headerPairs(reply.headers)].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const id = part.contentId === '' ? '' : `Content-ID: ${part.contentId}\r\n`;
  const reason = STATUS_CODES[reply.status] ?? '';
  return `Content-Type: application/http\r\n${id}\r\nHTTP/1.1 ${String(reply.status)} ${reason}\r\n${headers}\r\n${body}\r\n`;
}
