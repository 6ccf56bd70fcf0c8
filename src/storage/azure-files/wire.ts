import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { CopyError } from '../../job/copy-error.js';
import type { RequestPolicyFactory } from '@azure/storage-file-share';

/** What one request carries beside what the SDK puts there, and what its answer really said. */
interface Exchange {
  readonly headers: Readonly<Record<string, string | undefined>>;
  body?: string;
  /** As sent by the service: names with their case. */
  rawHeaders?: readonly string[];
}

export interface Answer<T> {
  readonly reply: T;
  readonly body: string;
  /** Header names with their case, and values, one after the other. */
  readonly rawHeaders: readonly string[];
}

const exchanges = new AsyncLocalStorage<Exchange>();
const waiting = new Map<string, Exchange>();
const idHeader = 'x-ms-client-request-id';

/**
 * Runs `request`, which sends one request, with these headers in place of the SDK's own of the same name; undefined takes
 * one away. The SDK rounds times to milliseconds, and writes and reads names of metadata in lower case: times of 100 ns and
 * the case of names pass only beside it.
 */
export async function exchange<T>(
  headers: Exchange['headers'],
  request: () => Promise<T>,
): Promise<Answer<T>> {
  const held: Exchange = { headers };
  const reply = await exchanges.run(held, request);
  if (held.rawHeaders === undefined) {
    // Read as an answer without metadata and properties, it would lose both.
    throw new CopyError('server-error', 'the headers of the answer were not seen', { retryable: true });
  }
  return { reply, body: held.body ?? '', rawHeaders: held.rawHeaders };
}

/** Part of every client's pipeline; stands behind the policy that sets the request's id. */
export const exchangePolicy: RequestPolicyFactory = {
  create: (next) => ({
    sendRequest: async (request) => {
      const held = exchanges.getStore();
      if (held === undefined) return next.sendRequest(request);
      for (const [name, value] of Object.entries(held.headers)) {
        request.headers.remove(name);
        if (value !== undefined) request.headers.set(name, value);
      }
      const id = request.headers.get(idHeader) ?? '';
      waiting.set(id, held);
      try {
        const response = await next.sendRequest(request);
        held.body = response.bodyAsText ?? '';
        return response;
      } finally {
        waiting.delete(id);
      }
    },
  }),
};

// Node keeps the case of header names only here; every client above it lowers them.
subscribe('http.client.response.finish', (message) => {
  const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
  const id = request.getHeader(idHeader);
  const held = typeof id === 'string' ? waiting.get(id) : undefined;
  if (held !== undefined) held.rawHeaders = response.rawHeaders;
});
