import type { InvocationContext } from '@azure/functions';
import type { Account } from '../job/account.js';
import type { JobSpec } from '../job/job-spec.js';
import type { Finding } from '../preflight/finding.js';
import type { Clock } from '../runtime/clock.js';
import type { IdentityStatus } from '../runtime/identity-status.js';
import type { LogFields } from '../runtime/logger.js';
import type { RetryResult } from '../replicate/due-work.js';
import type { StateStore } from '../storage/state-store.js';
import type { Access } from './http/access.js';

/** Whether one thing that jobs need is there. */
export interface Readiness {
  readonly name: string;
  readonly ready: boolean;
  /** What is wrong and what to do; never a secret, since anybody may read it. */
  readonly advice?: string;
}

/** What a preflight has found, and who was asking on either side. */
export interface PreflightResult {
  readonly identities: readonly IdentityStatus[];
  readonly findings: readonly Finding[];
}

/** What HTTP handlers need of the process; made once in the composition root. */
export interface HttpServices {
  readonly access: Access;
  readonly accounts: readonly Account[];
  readonly state: StateStore;
  readonly clock: Clock;
  /** Unpredictable bytes, for job ids. */
  randomBytes(count: number): Uint8Array;
  /** Proves the rights that a job needs, with the app's own identity. */
  preflight(spec: JobSpec): Promise<PreflightResult>;
  /** Starts the orchestration of a recorded run. Starting a run that is known already changes nothing. */
  startRun(job: string, run: number, context: InvocationContext): Promise<void>;
  /** Asks everything that jobs need whether it is there; does not throw. */
  ready(context: InvocationContext): Promise<readonly Readiness[]>;
  /** Who the app is, for each use; never a token. Does not throw. */
  identities(): Promise<readonly IdentityStatus[]>;
  /** URL of the state container; tells this app's rules from those of others. */
  readonly home: string;
  /** Messages in the queue of events, about; undefined when the queue does not tell. */
  queuedEvents(): Promise<number | null>;
  /** Tries again what a rule, by its id, has given up, for less than a minute. */
  retryReplication(rule: string, context: InvocationContext): Promise<RetryResult>;
  /** One structured line; never a name, a token or a URL with a query. */
  log(event: string, fields: LogFields): void;
}
