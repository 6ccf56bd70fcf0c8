import type { LogCategory, LogLevel } from './worker-contract.js';

/** One line of log. `category` is `user` for what an app logs itself, `system` for host and library. */
export interface HostLogEntry {
  readonly level: LogLevel;
  readonly category: LogCategory;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** Where the host's and the app's log lines go. Called with credentials already scrubbed; must not throw. */
export type HostLog = (entry: HostLogEntry) => void;
