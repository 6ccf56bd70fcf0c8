import type { Account, Location } from '../job/account.js';
import type { JobSpec } from '../job/job-spec.js';
import type { Clock } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';
import type { AccountStore } from '../storage/store.js';
import type { RuleBook } from './rule-book.js';

/** A job that the replicator leaves something to. */
export interface ReplicationJob {
  /** From `replicationJobId`: the same work is the same job. */
  readonly id: string;
  /** Name of the rule. */
  readonly rule: string;
  readonly kind: 'copy' | 'sync';
  readonly spec: JobSpec;
}

/** What the replicator needs of the process; made once in the composition root. */
export interface ReplicatorServices {
  readonly clock: Clock;
  readonly accounts: readonly Account[];
  readonly state: StateStore;
  /** The rules, at most a second old; `afterMs`: as they stood after that moment. */
  rules(afterMs?: number): Promise<RuleBook>;
  /** An account of one side; `requestId` begins the client request ids of its requests. */
  open(side: 'source' | 'destination', account: Location['account'], requestId: string): AccountStore;
  /** Records and starts a job; one that is known already is left alone. */
  startJob(job: ReplicationJob): Promise<void>;
  /** Ends what hangs. A new one for each piece of work. */
  signal(): AbortSignal;
  /** One structured line; never a name of an object, a token or a URL with a query. */
  readonly log: (event: string, fields: Readonly<Record<string, string | number | boolean>>) => void;
}
