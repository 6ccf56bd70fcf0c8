import type { TokenCredential } from '@azure/identity';
import { newPipeline } from '@azure/storage-blob';
import type { Pipeline, RequestPolicyFactory, StorageSharedKeyCredential } from '@azure/storage-blob';
import { sourceConditionPolicy } from './source-condition.js';

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
export function createPipeline(options: ClientOptions): Pipeline {
  const settings = {
    retryOptions: { maxTries: 1 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: `tranship/${options.version}` },
  };
  const pipeline = newPipeline(options.credential, settings);
  pipeline.factories.unshift(sourceConditionPolicy, countingPolicy(options));
  return pipeline;
}

function countingPolicy(options: ClientOptions): RequestPolicyFactory {
  let sent = 0;
  return {
    create: (next) => ({
      sendRequest: (request) => {
        sent += 1;
        request.headers.set('x-ms-client-request-id', `${options.clientRequestId}.${String(sent)}`);
        options.onRequest();
        return next.sendRequest(request);
      },
    }),
  };
}
