import type { KeyObject } from 'node:crypto';
import { createHmac } from 'node:crypto';

/** What a user delegation key says of itself; the texts as they stand in a SAS signed with it. */
export interface DelegationFacts {
  readonly oid: string;
  readonly tid: string;
  readonly start: string;
  readonly expiry: string;
  readonly service: string;
  readonly version: string;
}

/** The key itself (base64): derived, so that nothing has to be kept. */
export function delegationKey(secret: KeyObject, facts: DelegationFacts): string {
  const { oid, tid, start, expiry, service, version } = facts;
  const text = ['userdelegationkey', oid, tid, start, expiry, service, version].join('\n');
  return createHmac('sha256', secret).update(text, 'utf8').digest('base64');
}
