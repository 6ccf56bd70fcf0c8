import { redact } from './redact.js';

/**
 * Every failure that Tranship can name. A code is a promise to users and to code: it never changes its meaning.
 * `source-*` and `destination-*` say which side answered; a code without a side is about Tranship or the request.
 */
export const copyErrorCodes = [
  // passing: worth another try
  'throttled', // 429, 503, or the account's scale limit
  'server-error', // 500, 502, 504
  'timeout', // 408, OperationTimedOut, or our own deadline for one request
  'network', // reset, refused, name not resolved
  // who we are and what we may do
  'source-unauthenticated', // 401, or a token the source does not accept
  'source-role-missing', // 403 AuthorizationPermissionMismatch
  'source-forbidden', // 403 by firewall, copy scope or account policy
  'source-delegation-refused', // the source must be read by a user delegation SAS, and gives out no key for one
  'destination-unauthenticated',
  'destination-role-missing',
  'destination-forbidden',
  // what is there
  'source-container-not-found',
  'source-not-found', // the object was listed or named, and is gone
  'source-changed', // its ETag is no longer the planned one
  'source-archived',
  'source-type-unsupported', // append and page blobs, so far
  'destination-container-not-found',
  'destination-exists', // the plan saw nothing there, now something is
  'destination-changed', // what the plan saw there has changed
  'destination-leased',
  'destination-read-only', // a file with the ReadOnly attribute; Azure Files lets nobody write or delete it
  'destination-immutable',
  'destination-archived',
  'destination-busy', // a pending copy, a rehydration, a container being deleted
  // what cannot be asked for
  'name-not-addressable', // '.' and '..' as whole names
  'name-not-allowed', // Azure Files has a rule against the name; the message says which
  'directory-too-large', // more entries in one directory than a plan can sort
  'unsupported', // the service has no such operation; never imitated
  'copy-source-too-long', // x-ms-copy-source over 2 KiB
  'too-large', // over 190.7 TiB or over 50,000 blocks
  'checksum-mismatch',
  'invalid-block-list', // blocks vanished between staging and commit
  'tags-not-permitted',
  'bad-request', // the service refused the request itself
  // ours
  'aborted', // the slice ended; never a final outcome
  'listing-order', // a listing was not ascending in its declared order
  'state-conflict', // a compare-and-swap lost too often
  'unexpected',
] as const;

export type CopyErrorCode = (typeof copyErrorCodes)[number];

/** JSON form of a {@link CopyError}; what crosses an activity boundary or lands in a report. */
export interface SerializedCopyError {
  readonly code: CopyErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  /** `x-ms-request-id` of the refusing response. */
  readonly requestId?: string;
  /** HTTP status of the refusing response. */
  readonly status?: number;
  /** The service's own error code, for example `CannotVerifyCopySource`. */
  readonly serviceCode?: string;
}

export type CopyErrorDetail = Omit<SerializedCopyError, 'code' | 'message'> & { readonly cause?: unknown };

/**
 * The one error class of the data path. Branch on `code`, never on `message`; class identity does not survive JSON.
 * A message never holds a token, a SAS or a URL's query; what looks like one is taken out.
 */
export class CopyError extends Error {
  override readonly name = 'CopyError';
  readonly code: CopyErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly status: number | undefined;
  readonly serviceCode: string | undefined;

  constructor(code: CopyErrorCode, message: string, detail: CopyErrorDetail) {
    super(redact(message), detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.retryable = detail.retryable;
    this.retryAfterMs = detail.retryAfterMs;
    this.requestId = detail.requestId;
    this.status = detail.status;
    this.serviceCode = detail.serviceCode;
  }

  toJSON(): SerializedCopyError {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.status === undefined ? {} : { status: this.status }),
      ...(this.serviceCode === undefined ? {} : { serviceCode: this.serviceCode }),
    };
  }
}

/** True for an error with a code of ours, also one that was rebuilt from JSON. */
export function isCopyError(error: unknown): error is CopyError {
  return (
    error instanceof Error && 'code' in error && (copyErrorCodes as readonly unknown[]).includes(error.code)
  );
}
