import type { IncomingMessage } from 'node:http';

/** The largest request body the real host takes. */
export const MAX_BODY_BYTES = 100 * 1024 * 1024;

/**
 * The whole body of a request, or undefined when it is larger than `limitBytes`; then the rest is left unread and the
 * connection cannot be used for another request.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    return undefined;
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
