import type { Side } from '../storage/side.js';

/** What is proven. */
export const checkNames = [
  'containers', // list the containers of an account
  'list',
  'read',
  'tags', // read index tags
  'snapshot', // list the snapshots of a share
  'takeSnapshot', // asked of a share that is not there
  'deleteSnapshot', // asked of a snapshot that is not there
  'delegate', // get a user delegation key, for a SAS where a service takes no token for the source
  'makeContainer',
  'write',
  'copy', // the destination reads the source
  'writeTags',
  'delete',
] as const;
export type CheckName = (typeof checkNames)[number];

/** Why a check failed. A code never changes its meaning. */
export const findingCodes = [
  'ok',
  'not-checked', // an earlier failure hides the answer
  'role-missing', // or given within the last minutes
  'firewall', // network rules refuse the app
  'source-firewall', // network rules of the source refuse the destination
  'private-endpoint-layout', // the accounts are reached by different networks
  'copy-scope', // the destination takes copies from some accounts only
  'wrong-tenant', // the account does not accept tokens of our tenant
  'account-disabled',
  'no-token', // the identity gives none
  'container-not-found',
  'unreachable',
  'refused', // anything else; the text has the service's own code
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** One right, proven or not. */
export interface Finding {
  readonly check: CheckName;
  readonly side: Side;
  /** Absent: it is about the account, or holds for every container. */
  readonly container?: string;
  /** Null: not asked, because an earlier check has failed. */
  readonly ok: boolean | null;
  /** False: the job runs without it, and says what it leaves out. */
  readonly required: boolean;
  readonly code: FindingCode;
  readonly text: string;
  /** What mends it, for a shell with the Azure CLI. */
  readonly command?: string;
}
