import { CopyError, isCopyError } from '../../job/copy-error.js';
import type { CopyErrorCode } from '../../job/copy-error.js';
import type { Side } from '../side.js';
import { readServiceError } from './service-error.js';
import type { ServiceError } from './service-error.js';

/** What was being done when the error came; decides which side a refusal is about. */
export interface ErrorContext {
  /** For people, for example `copy` or `list`. */
  readonly action: string;
  readonly side: Side;
  /** The request asked for or set index tags, which need a permission of their own. */
  readonly tags?: boolean;
  readonly signal?: AbortSignal;
  readonly nowMs: number;
}

/**
 * The one place where SDK errors become `CopyError`. Decides by status and error code only. The SDK's error is not kept
 * as cause: it holds the request, whose headers carry tokens.
 */
export function translateError(error: unknown, context: ErrorContext): CopyError {
  if (isCopyError(error)) return error;
  if (isAbort(error)) return abortError(error, context);
  const service = readServiceError(error, context.nowMs);
  if (service !== undefined) return serviceRefusal(service, context);
  if (isNamed(error, 'RestError')) {
    return new CopyError('network', `${context.action}: the connection failed`, { retryable: true });
  }
  if (isNamed(error, ...credentialErrors)) {
    return new CopyError(`${context.side}-unauthenticated`, `${context.action}: no token was given out`, {
      retryable: true,
    });
  }
  const name = error instanceof Error ? error.name : typeof error;
  return new CopyError('unexpected', `${context.action}: ${name}`, { retryable: false, cause: error });
}

/** From @azure/identity; a token endpoint can fail for a moment. */
const credentialErrors = [
  'AuthenticationError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
  'AuthenticationRequiredError',
];

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

function isAbort(error: unknown): boolean {
  return isNamed(error, 'AbortError', 'TimeoutError');
}

/** A deadline for one request is worth another try; giving up the work is not. */
function abortError(error: unknown, context: ErrorContext): CopyError {
  const { signal } = context;
  if (signal?.aborted !== true) {
    return new CopyError('network', `${context.action}: the connection was cut`, { retryable: true });
  }
  return isNamed(error, 'TimeoutError') || isNamed(signal.reason, 'TimeoutError')
    ? new CopyError('timeout', `${context.action}: no answer in time`, { retryable: true })
    : new CopyError('aborted', `${context.action}: given up`, { retryable: false });
}

function serviceRefusal(service: ServiceError, context: ErrorContext): CopyError {
  const about = service.source;
  const code =
    about === undefined
      ? refusalCode(service.status, service.serviceCode, context)
      : sourceCode(about.status, about.serviceCode);
  const serviceCode = about?.serviceCode ?? service.serviceCode;
  const status = about?.status ?? service.status;
  const where = about === undefined ? context.side : 'source';
  return new CopyError(
    code,
    `${context.action}: ${where} answered ${String(status)} ${serviceCode ?? ''}`.trim(),
    {
      retryable: retryableCodes.has(code),
      status,
      ...(serviceCode === undefined ? {} : { serviceCode }),
      ...(service.requestId === undefined ? {} : { requestId: service.requestId }),
      ...(service.retryAfterMs === undefined ? {} : { retryAfterMs: service.retryAfterMs }),
    },
  );
}

const retryableCodes: ReadonlySet<CopyErrorCode> = new Set([
  'throttled',
  'server-error',
  'timeout',
  'network',
  'checksum-mismatch',
]);

const passing: Readonly<Record<string, CopyErrorCode>> = {
  ServerBusy: 'throttled',
  OperationTimedOut: 'timeout',
  InternalError: 'server-error',
};

function passingCode(status: number, serviceCode: string | undefined): CopyErrorCode | undefined {
  if (status === 408) return 'timeout';
  if (status === 429 || status === 503) return 'throttled';
  return passing[serviceCode ?? ''] ?? (status >= 500 ? 'server-error' : undefined);
}

const unauthenticated: ReadonlySet<string> = new Set([
  'AuthenticationFailed',
  'InvalidAuthenticationInfo',
  'NoAuthenticationInformation',
]);

function accessCode(side: Side, status: number, serviceCode: string): CopyErrorCode | undefined {
  if (status === 401 || unauthenticated.has(serviceCode)) return `${side}-unauthenticated`;
  if (serviceCode === 'AuthorizationPermissionMismatch') return `${side}-role-missing`;
  return status === 403 ? `${side}-forbidden` : undefined;
}

const sourceCodes: Readonly<Record<string, CopyErrorCode>> = {
  ContainerNotFound: 'source-container-not-found',
  ContainerBeingDeleted: 'source-container-not-found',
  ShareNotFound: 'source-container-not-found',
  ShareBeingDeleted: 'source-container-not-found',
  ShareSnapshotNotFound: 'source-container-not-found',
  BlobArchived: 'source-archived',
  BlobBeingRehydrated: 'source-archived',
  InvalidBlobType: 'source-type-unsupported',
};

/** The destination service could not read the source. */
function sourceCode(status: number, serviceCode = ''): CopyErrorCode {
  const known =
    sourceCodes[serviceCode] ?? passingCode(status, serviceCode) ?? accessCode('source', status, serviceCode);
  if (known !== undefined) return known;
  if (status === 404) return 'source-not-found';
  return status === 412 || status === 304 ? 'source-changed' : 'bad-request';
}

const refusalCodes: Readonly<Record<string, CopyErrorCode>> = {
  SourceConditionNotMet: 'source-changed',
  InvalidSourceBlobType: 'source-type-unsupported',
  ConditionNotMet: 'destination-changed',
  TargetConditionNotMet: 'destination-changed',
  BlobAlreadyExists: 'destination-exists',
  UnauthorizedBlobOverwrite: 'destination-exists',
  LeaseIdMissing: 'destination-leased',
  LeaseIdMismatchWithBlobOperation: 'destination-leased',
  LeaseLost: 'destination-leased',
  LeaseNotPresentWithBlobOperation: 'destination-leased',
  InfiniteLeaseDurationRequired: 'destination-leased',
  BlobImmutableDueToPolicy: 'destination-immutable',
  PendingCopyOperation: 'destination-busy',
  BlobBeingRehydrated: 'destination-busy',
  ContainerBeingDeleted: 'destination-busy',
  ShareBeingDeleted: 'destination-busy',
  DeletePending: 'destination-busy',
  SharingViolation: 'destination-busy',
  FileLockConflict: 'destination-busy',
  ReadOnlyAttribute: 'destination-read-only',
  ResourceTypeMismatch: 'destination-exists',
  DirectoryNotEmpty: 'destination-changed',
  InvalidFileOrDirectoryPathName: 'name-not-allowed',
  InvalidResourceName: 'name-not-allowed',
  SnapshotOperationRateExceeded: 'destination-busy',
  InvalidBlockList: 'invalid-block-list',
  BlockCountExceedsLimit: 'too-large',
  RequestBodyTooLarge: 'too-large',
  Md5Mismatch: 'checksum-mismatch',
  Crc64Mismatch: 'checksum-mismatch',
};

const missingContainer: ReadonlySet<string> = new Set([
  'ContainerNotFound',
  'ShareNotFound',
  'ShareSnapshotNotFound',
]);

/** Refusals of a request with index tags that are about them: not permitted, or, with a hierarchical namespace, not there at all. */
const aboutTags: ReadonlySet<string> = new Set([
  'AuthorizationPermissionMismatch',
  'InvalidQueryParameterValue',
  'FeatureNotEnabled',
  'FeatureNotYetSupportedForHierarchicalNamespaceAccounts',
]);

/** The service that was called refused by itself. */
function refusalCode(status: number, serviceCode = '', context: ErrorContext): CopyErrorCode {
  const { side } = context;
  const known = refusalCodes[serviceCode] ?? passingCode(status, serviceCode);
  if (known !== undefined) return known;
  if (missingContainer.has(serviceCode)) return `${side}-container-not-found`;
  if (serviceCode === 'BlobArchived') return `${side}-archived`;
  if (context.tags === true && aboutTags.has(serviceCode)) return 'tags-not-permitted';
  return accessCode(side, status, serviceCode) ?? statusCode(status, side);
}

function statusCode(status: number, side: Side): CopyErrorCode {
  if (status === 404 && side === 'source') return 'source-not-found';
  if (status === 412) return `${side}-changed`;
  return status === 413 ? 'too-large' : 'bad-request';
}
