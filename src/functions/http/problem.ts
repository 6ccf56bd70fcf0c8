import type { HttpResponseInit } from '@azure/functions';
import { redact } from '../../job/redact.js';

/** Every way in which the API refuses: a stable code, its HTTP status and its title. */
export const problemKinds = {
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-location': { status: 400, title: 'A URL is not accepted' },
  'invalid-filter': { status: 400, title: 'A filter is not valid' },
  'invalid-schedule': { status: 400, title: 'A schedule is not valid' },
  'invalid-continuation': { status: 400, title: 'The continuation token is not valid here' },
  unauthenticated: { status: 401, title: 'The caller is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is no such job' },
  'policy-not-found': { status: 404, title: 'There is no such policy' },
  'backup-not-found': { status: 404, title: 'There is no such backup' },
  'invalid-transition': { status: 409, title: "The job's status does not allow this" },
  'plan-changed': { status: 409, title: 'The plan is another one' },
  'nothing-to-retry': { status: 409, title: 'There is nothing to retry' },
  'retry-not-possible': { status: 409, title: 'These failures cannot be retried in one job' },
  'destination-in-use': { status: 409, title: 'Another job writes at this destination' },
  'policy-changed': { status: 412, title: 'The policy is another version' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON' },
  'source-destination-overlap': { status: 422, title: 'Source and destination overlap' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  unexpected: { status: 500, title: 'This should not have happened' },
  'not-configured': { status: 503, title: 'The app is not configured' },
  'sign-in-unavailable': { status: 503, title: 'Callers cannot be verified' },
  'state-unavailable': { status: 503, title: 'The state of jobs cannot be reached' },
} as const;

export type ProblemCode = keyof typeof problemKinds;

export interface ProblemDetail {
  readonly detail: string;
  /** The field at fault, as a path in the request: `include.regex[2]`. */
  readonly field?: string;
  /** What to do. */
  readonly advice: string;
  /** Every fault, when there is more than one. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal on its way to the caller. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly problem: ProblemDetail;

  constructor(code: ProblemCode, problem: ProblemDetail) {
    super(problem.detail);
    this.code = code;
    this.problem = problem;
  }
}

/** The refusal as `application/problem+json` (RFC 9457), without secrets. */
export function problemResponse(code: ProblemCode, problem: ProblemDetail): HttpResponseInit {
  const { status, title } = problemKinds[code];
  const { headers, ...members } = problem;
  return {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: redact(JSON.stringify({ type: `urn:tranship:problem:${code}`, title, status, ...members })),
  };
}

/** What a log says of an error: a problem's code, else its text. */
export function codeOf(error: unknown): string {
  return error instanceof Problem ? error.code : String(error);
}
