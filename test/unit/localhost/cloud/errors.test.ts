import { describe, expect, it } from 'vitest';
import { cannotVerifyCopySource, errorReply, ServiceError } from '../../../../src/localhost/cloud/errors.js';
import type { FrontReply, FrontRequest } from '../../../../src/localhost/cloud/exchange.js';
import { rawHeader } from '../../../../src/localhost/cloud/exchange.js';

function bodyText(reply: FrontReply): string {
  return Buffer.isBuffer(reply.body) ? reply.body.toString('utf8') : '';
}

function request(method: string): FrontRequest {
  return {
    service: 'blob',
    method,
    url: '/a/c/b',
    rawHeaders: [],
    headers: { 'x-ms-version': '2025-07-05', 'x-ms-client-request-id': 'mine' },
    internal: false,
  };
}

describe('an error reply', () => {
  it('names the source status, code and message in body and headers', () => {
    const error = cannotVerifyCopySource({
      status: 401,
      code: 'NoAuthenticationInformation',
      message: 'Who <are> you',
    });
    const reply = errorReply(request('PUT'), error);
    expect(reply.status).toBe(401);
    expect(rawHeader(reply.headers, 'x-ms-error-code')).toBe('CannotVerifyCopySource');
    expect(rawHeader(reply.headers, 'x-ms-copy-source-status-code')).toBe('401');
    expect(rawHeader(reply.headers, 'x-ms-copy-source-error-code')).toBe('NoAuthenticationInformation');
    expect(rawHeader(reply.headers, 'x-ms-version')).toBe('2025-07-05');
    expect(rawHeader(reply.headers, 'x-ms-client-request-id')).toBe('mine');
    expect(bodyText(reply)).toMatch(
      /^<\?xml version="1.0" encoding="utf-8"\?><Error><Code>CannotVerifyCopySource<\/Code><Message>Who &lt;are&gt; you\nRequestId:[^\n]+\nTime:[^<]+<\/Message><CopySourceStatusCode>401<\/CopySourceStatusCode><CopySourceErrorCode>NoAuthenticationInformation<\/CopySourceErrorCode><CopySourceErrorMessage>Who &lt;are&gt; you<\/CopySourceErrorMessage><\/Error>$/,
    );
  });

  it('has neither a code nor a body when a gateway before the service sent it', () => {
    const reply = errorReply(request('PUT'), new ServiceError(503, '', 'unused'));
    expect(reply.status).toBe(503);
    expect(rawHeader(reply.headers, 'x-ms-error-code')).toBeUndefined();
    expect(reply.body).toBeUndefined();
  });

  it('gives no source code for a host that gave none, and never a status below 400', () => {
    const reply = errorReply(request('PUT'), cannotVerifyCopySource({ status: 302, message: 'Found' }));
    expect(reply.status).toBe(404);
    expect(rawHeader(reply.headers, 'x-ms-copy-source-status-code')).toBe('302');
    expect(rawHeader(reply.headers, 'x-ms-copy-source-error-code')).toBeUndefined();
    expect(bodyText(reply)).not.toContain('CopySourceErrorCode');
  });

  it('has no body for HEAD, only the code', () => {
    const reply = errorReply(request('HEAD'), new ServiceError(404, 'BlobNotFound', 'gone'));
    expect(reply.body).toBeUndefined();
    expect(rawHeader(reply.headers, 'x-ms-error-code')).toBe('BlobNotFound');
  });
});
