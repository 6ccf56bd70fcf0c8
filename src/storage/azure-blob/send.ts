import { authorizeRequestOnTenantChallenge } from '@azure/core-client';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  proxyPolicy,
  RestError,
} from '@azure/core-rest-pipeline';
import type { HttpClient, PipelineResponse } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { XmlReader } from './xml-reader.js';

/** One request, without what every request has. */
export interface BlobRequest {
  readonly method: 'GET' | 'PUT';
  /** Percent-encoded, below the account's own endpoint. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The only status that is no error. */
  readonly success: 200 | 201;
  readonly signal: AbortSignal;
}

export interface BlobReply {
  /** Undefined when the reply has no such header. Any case. */
  readonly header: (name: string) => string | undefined;
  /** Read it to its end, or drop it by `resume`. */
  readonly body: NodeJS.ReadableStream;
}

/** Sends one request once. Throws what the SDK throws in the same case; `translateError` knows it. */
export type Send = (request: BlobRequest) => Promise<BlobReply>;

export interface SendOptions {
  readonly credential: TokenCredential;
  /** Gives each request its `x-ms-client-request-id`. */
  readonly nextRequestId: () => string;
  readonly version: string;
  /** The process's own by default: it keeps the connections. */
  readonly client?: HttpClient;
}

/** Of the SDK in use, so that both ways to the service see the same; a test holds them equal. */
export const serviceVersion = '2026-04-06';

const scope = 'https://storage.azure.com/.default';
const processClient = createDefaultHttpClient();

/**
 * The short way to the service, for the requests that there is one of for each object or each page. The SDK's way costs
 * twice the processor time of the request itself: it builds a client for each object and maps request and reply by
 * tables. This has the same HTTP client, token, proxy and tenant challenge, and nothing else: no retries, no redirects,
 * https only.
 */
export function createSend(options: SendOptions): Send {
  const { credential, nextRequestId, version, client = processClient } = options;
  const pipeline = createEmptyPipeline();
  const challengeCallbacks = { authorizeRequestOnChallenge: authorizeRequestOnTenantChallenge };
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope, challengeCallbacks }));
  pipeline.addPolicy(proxyPolicy());
  const common = {
    'user-agent': `tranship/${version} node/${process.version}`,
    'x-ms-version': serviceVersion,
  };
  return async ({ method, url, headers, success, signal }) => {
    const request = createPipelineRequest({
      method,
      url,
      headers: createHttpHeaders({
        ...common,
        ...(method === 'PUT' ? { 'content-length': '0' } : {}),
        ...headers,
        'x-ms-client-request-id': nextRequestId(),
      }),
      abortSignal: signal,
      streamResponseStatusCodes: new Set([success]),
    });
    const reply = await pipeline.sendRequest(client, request);
    const { status, readableStreamBody } = reply;
    if (status !== success || readableStreamBody === undefined) throw refusalOf(reply);
    return { header: (name) => reply.headers.get(name), body: readableStreamBody };
  };
}

/** What a refusal says in its body and not always in its headers. */
const detailNames: Readonly<Record<string, string>> = {
  Code: 'errorCode',
  CopySourceStatusCode: 'copySourceStatusCode',
  CopySourceErrorCode: 'copySourceErrorCode',
};

function refusalOf(response: PipelineResponse): RestError {
  const { status, request, bodyAsText } = response;
  const error = new RestError(`status ${String(status)}`, { statusCode: status, request, response });
  error.details = readDetails(bodyAsText ?? '');
  return error;
}

/** Gateways answer in other forms than XML, and replies are cut: then status and headers are all there is. */
function readDetails(body: string): Readonly<Record<string, string>> {
  const details: Record<string, string> = {};
  const reader = new XmlReader(({ name, parent, text }) => {
    const detail = parent === 'Error' ? detailNames[name] : undefined;
    if (detail !== undefined) details[detail] = text;
  });
  try {
    reader.write(body);
  } catch {
    return details;
  }
  return details;
}
