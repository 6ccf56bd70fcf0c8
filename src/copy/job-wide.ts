import type { CopyErrorCode } from '../job/copy-error.js';

const jobWideCodes: ReadonlySet<CopyErrorCode> = new Set([
  'source-unauthenticated',
  'source-role-missing',
  'source-forbidden',
  'source-delegation-refused',
  'source-container-not-found',
  'destination-unauthenticated',
  'destination-role-missing',
  'destination-forbidden',
  'destination-container-not-found',
  'tags-not-permitted',
]);

/**
 * True when a refusal would meet every object of a pair alike: identity, role, network, container. One such refusal is
 * no proof, so it never stops a job by itself; the caller counts equal ones.
 */
export function isJobWide(code: CopyErrorCode): boolean {
  return jobWideCodes.has(code);
}
