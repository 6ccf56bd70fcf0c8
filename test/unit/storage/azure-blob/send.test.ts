import { Readable } from 'node:stream';
import type { HttpClient, PipelineRequest } from '@azure/core-rest-pipeline';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { BlobServiceClient, newPipeline } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import { createSend, serviceVersion } from '../../../../src/storage/azure-blob/send.js';
import type { BlobRequest, Send } from '../../../../src/storage/azure-blob/send.js';
import { translateError } from '../../../../src/storage/azure-blob/translate-error.js';

const signal = new AbortController().signal;
const credential = {
  getToken: () => Promise.resolve({ token: 'secret', expiresOnTimestamp: Date.parse('2100-01-01') }),
};
const url = 'https://a.blob.core.windows.net/c/k';
const put: BlobRequest = { method: 'PUT', url, headers: { 'x-ms-tags': 'a=b' }, success: 201, signal };

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function sendTo(answer: Answer): { readonly send: Send; readonly sent: PipelineRequest[] } {
  const sent: PipelineRequest[] = [];
  const client: HttpClient = {
    sendRequest: (request) => {
      sent.push(request);
      const { status, body = '' } = answer;
      const streamed = request.streamResponseStatusCodes?.has(status) ?? false;
      return Promise.resolve({
        request,
        status,
        headers: createHttpHeaders(answer.headers ?? {}),
        ...(streamed ? { readableStreamBody: Readable.from([body]) } : { bodyAsText: body }),
      });
    },
  };
  let number = 0;
  const nextRequestId = (): string => `job.${String((number += 1))}`;
  return { send: createSend({ credential, nextRequestId, version: '1.2.3', client }), sent };
}

async function errorOf(answer: Answer): Promise<unknown> {
  const { send } = sendTo(answer);
  const error: unknown = await send(put).catch((caught: unknown) => caught);
  return translateError(error, { action: 'copy', side: 'destination', nowMs: 0 });
}

describe('createSend', () => {
  it('sends one request with token, version, user agent and its own id', async () => {
    const { send, sent } = sendTo({ status: 201, headers: { ETag: '"1"' } });
    const reply = await send(put);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers.toJSON()).toEqual({
      authorization: 'Bearer secret',
      'content-length': '0',
      'user-agent': `tranship/1.2.3 node/${process.version}`,
      'x-ms-client-request-id': 'job.1',
      'x-ms-tags': 'a=b',
      'x-ms-version': serviceVersion,
    });
    expect([reply.header('etag'), reply.header('none')]).toEqual(['"1"', undefined]);
  });

  it('speaks the version of the service that the SDK speaks', async () => {
    let version: string | undefined;
    const pipeline = newPipeline(credential, {
      retryOptions: { maxTries: 1 },
      httpClient: {
        sendRequest: ({ headers }) => {
          version = headers.get('x-ms-version');
          return Promise.reject(new Error('enough'));
        },
      },
    });
    const account = new BlobServiceClient('https://a.blob.core.windows.net', pipeline);
    await expect(account.getProperties()).rejects.toThrow('enough');
    expect(version).toBe(serviceVersion);
  });

  it('gives no token to a connection that is not encrypted', async () => {
    const { send, sent } = sendTo({ status: 201 });
    await expect(send({ ...put, url: url.replace('https', 'http') })).rejects.toThrow('non-TLS');
    expect(sent).toHaveLength(0);
  });

  it('reads what only the body of a refusal says', async () => {
    const body =
      '<?xml version="1.0"?><Error><Code>CannotVerifyCopySource</Code><Message>m</Message><CopySourceStatusCode>404</CopySourceStatusCode><CopySourceErrorCode>BlobNotFound</CopySourceErrorCode></Error>';
    expect(await errorOf({ status: 404, body, headers: { 'x-ms-request-id': 'r1' } })).toMatchObject({
      code: 'source-not-found',
      status: 404,
      serviceCode: 'BlobNotFound',
      requestId: 'r1',
    });
  });

  it('goes by status and headers where the body is cut off, empty or of a gateway', async () => {
    for (const body of ['<Error><Code>ServerBu', '', '<html><p>busy</html>', '{"error":"busy"}']) {
      const headers = { 'x-ms-error-code': 'ServerBusy', 'retry-after': '2' };
      expect(await errorOf({ status: 503, body, headers })).toMatchObject({
        code: 'throttled',
        serviceCode: 'ServerBusy',
        retryAfterMs: 2000,
      });
    }
  });

  it('takes another success, or a redirect, for a refusal', async () => {
    expect(await errorOf({ status: 202 })).toMatchObject({ name: 'CopyError' });
    const headers = { location: 'https://elsewhere.example/' };
    expect(await errorOf({ status: 307, headers })).toMatchObject({ retryable: false, status: 307 });
  });
});
