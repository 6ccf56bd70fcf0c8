import { RestError } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import { CopyError } from '../../../../src/job/copy-error.js';
import { translateError } from '../../../../src/storage/azure-blob/translate-error.js';
import type { ErrorContext } from '../../../../src/storage/azure-blob/translate-error.js';

const nowMs = Date.UTC(2026, 0, 1);
const context: ErrorContext = { action: 'copy', side: 'destination', nowMs };

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error as the SDK throws it; the message is a lure that nobody may read. */
function answered({ status, code, details, headers = {} }: Answer): RestError {
  const error = new RestError('ServerBusy SourceConditionNotMet sig=secret', {
    statusCode: status,
    ...(code === undefined ? {} : { code }),
  });
  error.details = { ...(code === undefined ? {} : { errorCode: code }), ...details };
  const response = { headers: { get: (name: string) => headers[name.toLowerCase()] } };
  Object.assign(error, { response });
  return error;
}

function translate(answer: Answer, changes: Partial<ErrorContext> = {}): CopyError {
  return translateError(answered(answer), { ...context, ...changes });
}

describe('translateError', () => {
  it.each([
    [503, 'ServerBusy', 'throttled'],
    [503, undefined, 'throttled'],
    [429, undefined, 'throttled'],
    [408, undefined, 'timeout'],
    [500, 'OperationTimedOut', 'timeout'],
    [500, 'InternalError', 'server-error'],
    [500, undefined, 'server-error'],
    [502, undefined, 'server-error'],
    [504, undefined, 'server-error'],
    [400, 'Md5Mismatch', 'checksum-mismatch'],
  ])(
    'makes %i %s retryable, with or without a code (AzCopy and the SDK do not)',
    (status, code, expected) => {
      const error = translate({ status, ...(code === undefined ? {} : { code }) });
      expect(error).toMatchObject({ code: expected, retryable: true, status });
    },
  );

  it.each([
    [401, 'InvalidAuthenticationInfo', 'unauthenticated'],
    [401, undefined, 'unauthenticated'],
    [403, 'AuthenticationFailed', 'unauthenticated'],
    [403, 'AuthorizationPermissionMismatch', 'role-missing'],
    [403, 'AuthorizationFailure', 'forbidden'],
    [403, undefined, 'forbidden'],
    [404, 'ContainerNotFound', 'container-not-found'],
    [409, 'BlobArchived', 'archived'],
    [412, undefined, 'changed'],
  ])('names the side that refused with %i %s', (status, code, expected) => {
    const answer = { status, ...(code === undefined ? {} : { code }) };
    for (const side of ['source', 'destination'] as const) {
      expect(translate(answer, { side })).toMatchObject({ code: `${side}-${expected}`, retryable: false });
    }
  });

  it.each([
    [412, 'SourceConditionNotMet', 'source-changed'],
    [412, 'ConditionNotMet', 'destination-changed'],
    [412, 'TargetConditionNotMet', 'destination-changed'],
    [409, 'BlobAlreadyExists', 'destination-exists'],
    [403, 'UnauthorizedBlobOverwrite', 'destination-exists'],
    [412, 'LeaseIdMissing', 'destination-leased'],
    [409, 'BlobImmutableDueToPolicy', 'destination-immutable'],
    [409, 'PendingCopyOperation', 'destination-busy'],
    [409, 'ContainerBeingDeleted', 'destination-busy'],
    [400, 'InvalidBlockList', 'invalid-block-list'],
    [409, 'BlockCountExceedsLimit', 'too-large'],
    [413, undefined, 'too-large'],
    [400, 'InvalidHeaderValue', 'bad-request'],
    [409, 'InvalidBlobType', 'bad-request'],
    [409, 'InvalidSourceBlobType', 'source-type-unsupported'],
    [404, 'BlobNotFound', 'bad-request'],
  ])('maps %i %s to %s', (status, code, expected) => {
    const answer = { status, ...(code === undefined ? {} : { code }) };
    expect(translate(answer)).toMatchObject({ code: expected, retryable: false });
  });

  it.each([
    ['401', 'NoAuthenticationInformation', 'source-unauthenticated', false],
    ['403', 'AuthorizationPermissionMismatch', 'source-role-missing', false],
    ['403', undefined, 'source-forbidden', false],
    ['404', 'BlobNotFound', 'source-not-found', false],
    ['404', 'ContainerNotFound', 'source-container-not-found', false],
    ['409', 'BlobArchived', 'source-archived', false],
    ['412', 'ConditionNotMet', 'source-changed', false],
    ['416', 'InvalidRange', 'bad-request', false],
    ['503', 'ServerBusy', 'throttled', true],
    ['500', undefined, 'server-error', true],
  ])('takes a source’s %s %s from the copy-source fields', (status, code, expected, retryable) => {
    const details = {
      copySourceStatusCode: status,
      ...(code === undefined ? {} : { copySourceErrorCode: code }),
    };
    const byBody = translate({ status: 403, code: 'CannotVerifyCopySource', details });
    expect(byBody).toMatchObject({ code: expected, retryable, status: Number(status) });
    expect(byBody.serviceCode).toBe(code ?? 'CannotVerifyCopySource');
    const headers = {
      'x-ms-copy-source-status-code': status,
      ...(code === undefined ? {} : { 'x-ms-copy-source-error-code': code }),
    };
    expect(translate({ status: 403, code: 'CannotVerifyCopySource', headers })).toMatchObject({
      code: expected,
    });
  });

  it('falls back on the HTTP status where an older service says no more', () => {
    expect(translate({ status: 404, code: 'CannotVerifyCopySource' })).toMatchObject({
      code: 'source-not-found',
      serviceCode: 'CannotVerifyCopySource',
    });
    expect(translate({ status: 403, code: 'CannotVerifyCopySource' })).toMatchObject({
      code: 'source-forbidden',
    });
  });

  it.each([301, 302, 307, 308])('takes redirect %i for an answer that no repeat changes', (status) => {
    expect(translate({ status })).toMatchObject({ code: 'bad-request', retryable: false, status });
  });

  it('blames tags only for a request that carried some', () => {
    const answer = { status: 403, code: 'AuthorizationPermissionMismatch' };
    expect(translate(answer, { tags: true })).toMatchObject({ code: 'tags-not-permitted', retryable: false });
    expect(translate(answer, { tags: false })).toMatchObject({ code: 'destination-role-missing' });
  });

  // Azure/azure-sdk-for-net#15560 and #39388: accounts with a hierarchical namespace have no index tags.
  it.each([
    [400, 'InvalidQueryParameterValue'],
    [400, 'FeatureNotEnabled'],
    [409, 'FeatureNotYetSupportedForHierarchicalNamespaceAccounts'],
  ])('takes %i %s for the answer of an account without tags', (status, code) => {
    expect(translate({ status, code }, { tags: true }).code).toBe('tags-not-permitted');
    expect(translate({ status, code }, { tags: false }).code).toBe('bad-request');
  });

  it('reads Retry-After as seconds, as a date and in milliseconds', () => {
    const retryAfter = (headers: Record<string, string>): number | undefined =>
      translate({ status: 503, headers }).retryAfterMs;
    expect(retryAfter({ 'retry-after': '7' })).toBe(7000);
    expect(retryAfter({ 'retry-after': new Date(nowMs + 3000).toUTCString() })).toBe(3000);
    expect(retryAfter({ 'retry-after': new Date(nowMs - 3000).toUTCString() })).toBe(0);
    expect(retryAfter({ 'x-ms-retry-after-ms': '250', 'retry-after': '7' })).toBe(250);
    expect(retryAfter({ 'retry-after': 'soon' })).toBeUndefined();
    expect(retryAfter({})).toBeUndefined();
  });

  it('keeps the request id and neither the message nor the error of the SDK', () => {
    const error = translate({ status: 503, headers: { 'x-ms-request-id': 'r1' } });
    expect(error.requestId).toBe('r1');
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBeUndefined();
  });

  it('finds the code of a refused HEAD in its header', () => {
    const headers = { 'x-ms-error-code': 'ContainerNotFound' };
    expect(translate({ status: 404, headers })).toMatchObject({ code: 'destination-container-not-found' });
  });

  it('makes broken connections and unreadable answers retryable', () => {
    expect(translateError(new RestError('reset', { code: 'ECONNRESET' }), context)).toMatchObject({
      code: 'network',
      retryable: true,
    });
    const cut = new RestError('bad XML', { code: 'PARSE_ERROR', statusCode: 200 });
    expect(translateError(cut, context)).toMatchObject({ code: 'network', retryable: true });
  });

  it('tells giving up, a deadline and a cut connection apart', () => {
    const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
    const timeout = new DOMException('late', 'TimeoutError');
    const with_ = (reason: unknown): CopyError =>
      translateError(abort, { ...context, signal: AbortSignal.abort(reason) });
    expect(with_(new Error('the slice is over'))).toMatchObject({ code: 'aborted', retryable: false });
    expect(with_(timeout)).toMatchObject({ code: 'timeout', retryable: true });
    expect(translateError(abort, context)).toMatchObject({ code: 'network', retryable: true });
  });

  it('takes a credential without a token for a side that is not authenticated', () => {
    const error = Object.assign(new Error('no endpoint'), { name: 'CredentialUnavailableError' });
    expect(translateError(error, { ...context, side: 'source' })).toMatchObject({
      code: 'source-unauthenticated',
      retryable: true,
    });
  });

  it('passes its own errors on and calls all else unexpected', () => {
    const own = new CopyError('throttled', 'x', { retryable: true });
    expect(translateError(own, context)).toBe(own);
    expect(translateError(new TypeError('bug'), context)).toMatchObject({
      code: 'unexpected',
      retryable: false,
    });
    expect(translateError('odd', context)).toMatchObject({ code: 'unexpected' });
  });
});
