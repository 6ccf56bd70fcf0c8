import type { TokenCredential } from '@azure/identity';
import { newPipeline } from '@azure/storage-file-share';
import type { Pipeline, RequestPolicyFactory } from '@azure/storage-file-share';
import type { ClientOptions } from '../azure-blob/client.js';
import { exchangePolicy } from './wire.js';

export type FileClientOptions = Omit<ClientOptions, 'credential'> & { readonly credential: TokenCredential };

/** The pipeline of every Azure Files client, with the same habits as the one for blobs: no retries, no redirects. */
export function createFilePipeline(options: FileClientOptions): Pipeline {
  const settings = {
    retryOptions: { maxTries: 1 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: `tranship/${options.version}` },
  };
  const pipeline = newPipeline(options.credential, settings);
  pipeline.factories.unshift(countingPolicy(options), exchangePolicy);
  return pipeline;
}

/** Counts on over all pipelines of the process: an answer is told from others by the id of its request. */
let sent = 0;

function countingPolicy(options: FileClientOptions): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest: (request) => {
        sent += 1;
        request.headers.set('x-ms-client-request-id', `${options.clientRequestId}.f${String(sent)}`);
        // Bearer access needs it; the SDK (12.33) leaves it out of some operations on shares.
        request.headers.set('x-ms-file-request-intent', 'backup');
        options.onRequest();
        return next.sendRequest(request);
      },
    }),
  };
}
