import type { ProblemCode } from './problem.js';

/** What the API description says of one operation beyond its route. */
export interface OperationText {
  readonly summary: string;
  /** Names of parameters in the query and among the headers. */
  readonly parameters: readonly ParameterName[];
  readonly body?: {
    readonly schema: 'JobRequest' | 'Approval' | 'PreflightRequest' | 'PolicyRequest' | 'RestoreRequest';
    readonly example: unknown;
  };
  readonly success: {
    readonly status: number;
    readonly text: string;
    readonly schema?:
      | 'Job'
      | 'JobPage'
      | 'ReportLine'
      | 'Health'
      | 'Preflight'
      | 'Identities'
      | 'Policy'
      | 'PolicyPage'
      | 'PointPage'
      | 'ReplicationRetry';
    readonly headers?: readonly string[];
  };
  /** Statuses without a problem body beside the success. */
  readonly also?: Readonly<Record<number, string>>;
  readonly problems: readonly ProblemCode[];
}

/** Parameters by name. */
export const parameterTexts = {
  'Idempotency-Key': {
    in: 'header',
    text: 'The same key and request give the same job, however often they are sent; 1 to 255 printable characters',
    example: 'nightly-2026-11-22',
  },
  'If-None-Match': { in: 'header', text: 'ETag of an earlier answer', example: 'W/"0x8DE"' },
  'If-Match': { in: 'header', text: 'ETag of the version that is meant', example: '"0x8DE"' },
  Accept: { in: 'header', text: 'text/csv for CSV; NDJSON otherwise', example: 'text/csv' },
  status: { in: 'query', text: 'One status, or several between commas', example: 'Running,Queued' },
  from: { in: 'query', text: 'Leaves out jobs recorded before this time', example: '2026-11-01T00:00:00Z' },
  top: { in: 'query', text: 'Most entries of a page', example: '50' },
  continuation: {
    in: 'query',
    text: 'Opaque; from the link to the next page',
    example: 'YzE4M2IxNzFbMCwwLDJd',
  },
  outcome: {
    in: 'query',
    text: 'all, or some of copied, skipped, deleted, failed, conflict, notAttempted between commas; all but successes by default',
    example: 'failed,conflict',
  },
  view: {
    in: 'query',
    text: 'plan or outcomes; plan by default for dry runs and while a job waits for approval',
    example: 'plan',
  },
} as const;
export type ParameterName = keyof typeof parameterTexts;

/** Refusals of every call that is not open to all. */
export const guarded: readonly ProblemCode[] = ['unauthenticated', 'forbidden', 'sign-in-unavailable'];
/** Refusals of every call that reads or changes something. */
export const always: readonly ProblemCode[] = [
  ...guarded,
  'invalid-request',
  'unexpected',
  'not-configured',
  'state-unavailable',
];
/** Refusals of every call with a body. */
export const withBody: readonly ProblemCode[] = ['invalid-json', 'body-too-large', 'unsupported-media-type'];

/** The answer of every call that starts a job. */
export const startedJob: OperationText['success'] = {
  status: 202,
  text: 'The job, new or of the earlier request',
  schema: 'Job',
  headers: ['Location', 'Retry-After'],
};
