import type { JobSpec } from '../job/job-spec.js';

/** The immutable head of a job. What changes is on the board. */
export interface JobRecord {
  readonly version: 1;
  readonly id: string;
  readonly kind: 'copy' | 'sync';
  /** ISO 8601. */
  readonly createdAt: string;
  /** sha256 of the canonical request, to tell a repeated request from another one under the same key. */
  readonly requestHash: string;
  /** URLs as they were normalised, without query, for people to read. */
  readonly source: string;
  readonly destination: string;
  /** The policy that started it, and the time for which it did (ISO 8601). */
  readonly policy?: { readonly name: string; readonly dueAt: string };
  readonly spec: JobSpec;
}
