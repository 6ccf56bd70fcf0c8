import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestPolicyFactory } from '@azure/storage-blob';
import type { CopySource } from '../store.js';

const pinnedEtag = new AsyncLocalStorage<string>();

/**
 * Runs `request` so that whatever it sends carries `x-ms-source-if-match` with the source's ETag; a source in Azure Files
 * takes no conditions. The REST operation Put Block From URL
 * knows this header, the SDK's options for it do not (12.32 and 12.34).
 */
export function withSourceCondition<T>(source: CopySource, request: () => Promise<T>): Promise<T> {
  return source.service === 'files' ? request() : pinnedEtag.run(source.etag, request);
}

/** Sets the header for requests made inside {@link withSourceCondition}; part of every client's pipeline. */
export const sourceConditionPolicy: RequestPolicyFactory = {
  create: (next) => ({
    sendRequest: (request) => {
      const etag = pinnedEtag.getStore();
      if (etag !== undefined) request.headers.set('x-ms-source-if-match', etag);
      return next.sendRequest(request);
    },
  }),
};
