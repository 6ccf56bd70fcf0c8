import type { KeyOrder } from '../../src/job/account.js';

/** What the identity may do at an account; change it at any time. */
export interface MemoryPermissions {
  read: boolean;
  write: boolean;
  tags: boolean;
}

/** What an account is from its beginning. */
export interface AccountOptions {
  readonly order?: KeyOrder;
  readonly service?: 'blob' | 'files';
  /** Of a directory's listing; 5,000 by default. */
  readonly pageEntries?: number;
}
