import type { TokenCredential } from '@azure/identity';
import { newPipeline } from '@azure/storage-blob';
import type { Pipeline, RequestPolicyFactory, StorageSharedKeyCredential } from '@azure/storage-blob';

export interface ClientOptions {
  /** A shared key is for emulators in tests only; copy sources are never authorised by it. */
  readonly credential: TokenCredential | StorageSharedKeyCredential;
  /** Begins every `x-ms-client-request-id`; a running number follows after a dot. */
  readonly clientRequestId: string;
  /** Called once for each request as it leaves. */
  readonly onRequest: () => void;
  /** Version for the user agent `tranship/<version>`. */
  readonly version: string;
}

/**
 * The pipeline of every Blob client: no retries of its own (retry has one owner, and the SDK's ignores Retry-After and
 * has no jitter), no redirects (a redirect would carry a token to a host that nobody configured).
 * Not counted: the single resend after a 401 that names another tenant, which happens below these policies.
 */
export function createPipeline(
  options: Pick<ClientOptions, 'credential' | 'version'>,
  nextRequestId: () => string,
): Pipeline {
  const settings = {
    retryOptions: { maxTries: 1 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: `tranship/${options.version}` },
  };
  const pipeline = newPipeline(options.credential, settings);
  pipeline.factories.unshift(countingPolicy(nextRequestId));
  return pipeline;
}

/** Counts each request as it leaves, and names it. One for all ways to an account, so that no name is used twice. */
export function countRequests(options: Pick<ClientOptions, 'clientRequestId' | 'onRequest'>): () => string {
  let sent = 0;
  return () => {
    sent += 1;
    options.onRequest();
    return `${options.clientRequestId}.${String(sent)}`;
  };
}

function countingPolicy(nextRequestId: () => string): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest: (request) => {
        request.headers.set('x-ms-client-request-id', nextRequestId());
        return next.sendRequest(request);
      },
    }),
  };
}
