import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Certificate } from './certificate.js';
import type { FrontReply, ServiceName } from './exchange.js';
import { ConnectionReset, header } from './exchange.js';
import type { JournalEntry } from './journal.js';
import type { CloudContext, Served } from './serve.js';
import { closeEntry, serve } from './serve.js';

const KEEP_ALIVE_MS = 300_000;
const MAX_HEADER_BYTES = 128 * 1024;

/** The TLS server of one service; not yet listening. */
export function createFront(service: ServiceName, certificate: Certificate, context: CloudContext): Server {
  const server = createServer(
    {
      key: certificate.key,
      cert: certificate.cert,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Uploads may take as long as they take.
      requestTimeout: 0,
    },
    (incoming, outgoing) => {
      void handle(service, context, incoming, outgoing);
    },
  );
  return server;
}

async function handle(
  service: ServiceName,
  context: CloudContext,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  let served: Served;
  try {
    served = await serve(context, {
      service,
      method: incoming.method ?? 'GET',
      url: incoming.url ?? '/',
      rawHeaders: incoming.rawHeaders,
      headers: incoming.headers,
      body: incoming,
      internal: false,
    });
  } catch (error) {
    if (!(error instanceof ConnectionReset)) context.log(`cloud: unexpected: ${String(error)}`);
    incoming.socket.destroy();
    return;
  }
  try {
    await send(incoming, outgoing, served.reply, served.entry);
  } catch {
    // The client went away, or the body broke off: the broken connection tells.
    outgoing.destroy();
  } finally {
    closeEntry(context.journal, served.entry);
  }
}

async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: FrontReply,
  entry: JournalEntry,
): Promise<void> {
  const { status, headers, body } = reply;
  outgoing.writeHead(status, headers);
  // An upload refused unread: the rest is not worth receiving.
  if (!incoming.complete && status >= 400 && Number(header(incoming.headers, 'content-length') ?? 0) > 0) {
    incoming.resume();
  }
  if (body === undefined || Buffer.isBuffer(body)) {
    entry.responseBytes = body?.length ?? 0;
    outgoing.end(body);
    return;
  }
  body.on('data', (chunk: Buffer) => {
    entry.responseBytes += chunk.length;
  });
  await pipeline(body, outgoing);
}
