import { randomUUID } from 'node:crypto';
import type { FrontReply, FrontRequest } from './exchange.js';
import { header } from './exchange.js';

/** Challenge that real accounts send with 401, so that SDKs ask their credential again for the right tenant. */
export function challenge(tenantId: string): readonly [string, string] {
  return [
    'WWW-Authenticate',
    `Bearer authorization_uri=https://login.microsoftonline.com/${tenantId}/oauth2/authorize resource_id=https://storage.azure.com`,
  ];
}

/**
 * An error of the storage service. `extraElements` go into the XML after the message, `extraHeaders` onto the reply. An
 * empty code is what a gateway before the service sends: no code header and no body.
 */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  readonly extraElements: readonly (readonly [string, string])[];
  readonly extraHeaders: readonly (readonly [string, string])[];

  constructor(
    status: number,
    code: string,
    message: string,
    extra: {
      readonly elements?: readonly (readonly [string, string])[];
      readonly headers?: readonly (readonly [string, string])[];
    } = {},
  ) {
    super(message);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
    this.extraElements = extra.elements ?? [];
    this.extraHeaders = extra.headers ?? [];
  }
}

/** 403: a wrong signature, or a SAS out of its time. */
export function authenticationFailed(): ServiceError {
  return new ServiceError(
    403,
    'AuthenticationFailed',
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  );
}

/** What the cloud learned of a failed read of a copy source. */
export interface SourceFailure {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
}

/**
 * The destination's error for a source it could not read: the status mirrors the source's, the body and headers name the
 * source's status and, if the source gave one, its code. A host that is not Azure Storage gives no code.
 */
export function cannotVerifyCopySource(failure: SourceFailure): ServiceError {
  const elements: [string, string][] = [['CopySourceStatusCode', String(failure.status)]];
  const headers: [string, string][] = [['x-ms-copy-source-status-code', String(failure.status)]];
  if (failure.code !== undefined) {
    elements.push(['CopySourceErrorCode', failure.code]);
    headers.push(['x-ms-copy-source-error-code', failure.code]);
  }
  if (failure.message !== undefined) elements.push(['CopySourceErrorMessage', failure.message]);
  return new ServiceError(
    failure.status < 400 ? 404 : failure.status,
    'CannotVerifyCopySource',
    failure.message ?? 'Could not verify the copy source within the specified time.',
    { elements, headers },
  );
}

/** The destination's error when no host answered for the source at all. */
export function unreachableCopySource(): ServiceError {
  return new ServiceError(
    404,
    'CannotVerifyCopySource',
    'The specified resource does not exist. Could not reach the copy source.',
  );
}

/** The error as the service writes it: XML with the request id and time; no body for HEAD, where only the header tells why. */
export function errorReply(request: FrontRequest, error: ServiceError): FrontReply {
  const requestId = randomUUID();
  const headers = [
    'Server',
    `Windows-Azure-${request.service === 'file' ? 'File' : 'Blob'}/1.0 Microsoft-HTTPAPI/2.0`,
    ...(error.code === '' ? [] : ['x-ms-error-code', error.code]),
    'x-ms-request-id',
    requestId,
    'x-ms-version',
    header(request.headers, 'x-ms-version') ?? '2026-04-06',
    'Date',
    new Date().toUTCString(),
  ];
  const clientId = header(request.headers, 'x-ms-client-request-id');
  if (clientId !== undefined) headers.push('x-ms-client-request-id', clientId);
  for (const [name, value] of error.extraHeaders) headers.push(name, value);
  if (request.method === 'HEAD' || error.code === '') return { status: error.status, headers };
  const message = `${error.message}\nRequestId:${requestId}\nTime:${new Date().toISOString().replace('Z', '0000Z')}`;
  const extra = error.extraElements.map(([name, value]) => `<${name}>${xmlText(value)}</${name}>`).join('');
  const body = Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${error.code}</Code><Message>${xmlText(message)}</Message>${extra}</Error>`,
  );
  headers.push('Content-Type', 'application/xml', 'Content-Length', String(body.length));
  return { status: error.status, headers, body };
}

function xmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
