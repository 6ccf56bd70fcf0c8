import { RestError } from '@azure/storage-blob';

/** What a refusing response says, without its message: messages are for people and change. */
export interface ServiceError {
  readonly status: number;
  readonly serviceCode: string | undefined;
  readonly requestId: string | undefined;
  /** Present when the refusal is about the source of a copy. */
  readonly source: { readonly status: number; readonly serviceCode: string | undefined } | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Undefined when `error` is not an answer of the service; a redirect is one, and is not followed. `nowMs` turns a Retry-After date into a delay. */
export function readServiceError(error: unknown, nowMs: number): ServiceError | undefined {
  if (!(error instanceof RestError) || error.statusCode === undefined || error.statusCode < 300)
    return undefined;
  const header = (name: string): string | undefined => error.response?.headers.get(name);
  const detail = (name: string): string | undefined => textField(error.details, name);
  const serviceCode = detail('errorCode') ?? header('x-ms-error-code') ?? error.code;
  const innerStatus = detail('copySourceStatusCode') ?? header('x-ms-copy-source-status-code');
  const innerCode = detail('copySourceErrorCode') ?? header('x-ms-copy-source-error-code');
  const concernsSource =
    serviceCode === 'CannotVerifyCopySource' || innerStatus !== undefined || innerCode !== undefined;
  return {
    status: error.statusCode,
    serviceCode,
    requestId: header('x-ms-request-id'),
    source: concernsSource
      ? { status: parseStatus(innerStatus) ?? error.statusCode, serviceCode: innerCode }
      : undefined,
    retryAfterMs: readRetryAfter(header, nowMs),
  };
}

function textField(details: unknown, name: string): string | undefined {
  if (typeof details !== 'object' || details === null) return undefined;
  const value: unknown = Reflect.get(details, name);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseStatus(text: string | undefined): number | undefined {
  const status = Number(text);
  return Number.isInteger(status) && status >= 100 ? status : undefined;
}

function readRetryAfter(header: (name: string) => string | undefined, nowMs: number): number | undefined {
  const milliseconds = parseDelay(header('x-ms-retry-after-ms')) ?? parseDelay(header('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds;
  const text = header('retry-after');
  const seconds = parseDelay(text);
  if (seconds !== undefined) return seconds * 1000;
  const dateMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function parseDelay(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
