import type { Location } from '../job/account.js';
import type { FirstPage } from './first-page.js';
import type { Clock } from '../runtime/clock.js';
import type { AccountStore } from '../storage/store.js';
import type { StateStore } from '../storage/state-store.js';

/** Opens one service of an account of the table. Throws `CopyError` `unexpected` for what is not configured. */
export type OpenAccount = (place: Pick<Location, 'account' | 'service'>) => AccountStore;

/** On whose behalf requests are sent. */
export interface Caller {
  /**
   * Begins the `x-ms-client-request-id` of every request, so that the storage logs tell which job, run and lane sent
   * it. Letters, digits, dots and dashes.
   */
  readonly requestId: string;
  /** Told of each request that leaves. */
  readonly onRequest: () => void;
}

/** What activities need of the process; made once in the composition root. */
export interface ActivityServices {
  readonly clock: Clock;
  /** How long a slice takes new work. */
  readonly sliceMs: number;
  /** When a slice gives up requests that hang. */
  readonly sliceAbortMs: number;
  /** How long the first run of a job waits for a role to take effect; absent or 0: not at all. */
  readonly propagationMs?: number;
  /** Accounts of one side; refusals name the side. */
  openAccounts(side: 'source' | 'destination', caller: Caller): OpenAccount;
  openState(caller: Caller): StateStore;
  /** Somebody is to be told of jobs that have ended; absent: nobody. */
  readonly tellsOfEnds?: boolean;
  /** Absent: the scan lists anew what the look before the job has listed. */
  readonly firstPage?: FirstPage;
  /** One structured line; never a name, a token or a URL with a query. */
  readonly log: (event: string, fields: Readonly<Record<string, string | number | boolean>>) => void;
}
