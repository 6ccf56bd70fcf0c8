import type { JobRequestDraft } from './job-request.js';

/** The commands that start jobs. */
export type TransferCommand = 'copy' | 'sync';

/** One flag of `copy` or `sync`: how it is written, and what it does to the request. */
export interface TransferFlag {
  /** As commander takes it: `--include-pattern <globs>`. */
  readonly usage: string;
  readonly description: string;
  /** Absent: both. */
  readonly only?: TransferCommand;
  apply(request: JobRequestDraft, value: string): void;
}
