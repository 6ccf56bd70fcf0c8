import { isDeepStrictEqual } from 'node:util';
import type { HttpRequest } from '@azure/functions';
import { Problem } from './problem.js';

/** Largest body that is read. */
export const maxBodyBytes = 8 * 1024 * 1024;

/**
 * The JSON body of a request; undefined when it is empty. Throws `Problem`: `unsupported-media-type`,
 * `body-too-large`, `invalid-json`. No more than {@link maxBodyBytes} are kept, whatever the headers say.
 */
export async function readJson(request: HttpRequest): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLarge();
  const text = decode(await readBytes(request));
  if (text.trim() === '') return undefined;
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new Problem('unsupported-media-type', {
      detail: type === '' ? 'the request does not say what its body is' : 'the body is not said to be JSON',
      field: 'Content-Type',
      advice: 'Send the header "Content-Type: application/json".',
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('invalid-json', {
      detail: 'the body cannot be read as JSON',
      advice: 'Check quotes, commas and brackets; names of fields stand in double quotes.',
    });
  }
}

/**
 * For an operation that takes nothing: no body, or an empty object. Throws `Problem` as {@link readJson}, and
 * `invalid-request` for a wish that would not be heard.
 */
export async function readNothing(request: HttpRequest): Promise<void> {
  const body = await readJson(request);
  if (body === undefined || isDeepStrictEqual(body, {})) return;
  throw new Problem('invalid-request', {
    field: 'body',
    detail: 'this operation takes no fields',
    advice: 'Leave the body out; nothing was started.',
  });
}

async function readBytes(request: HttpRequest): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('invalid-json', {
      detail: 'the body is not UTF-8',
      advice: 'Encode the body as UTF-8.',
    });
  }
}

function tooLarge(): Problem {
  return new Problem('body-too-large', {
    detail: `the body has more than ${String(maxBodyBytes)} bytes`,
    advice: 'Share the names out over several jobs, or copy a folder with filters instead.',
  });
}
