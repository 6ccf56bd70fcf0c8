import { type CopyError, type CopyErrorCode, isCopyError } from '../job/copy-error.js';
import type { Side } from '../storage/side.js';
import type { CheckName, FindingCode } from './finding.js';

export interface Verdict {
  readonly code: FindingCode;
  /** Side that has to be mended, which need not be the one that was asked. */
  readonly side: Side;
  readonly text: string;
  /** The right that lacks, where it is not that of the check. */
  readonly right?: CheckName;
}

/** Sides that have let a request of ours through. */
export interface Reached {
  readonly source: boolean;
  readonly destination: boolean;
}

/**
 * Reads a refusal: who refused, and why. `reached`: an earlier request to that side was let through, so its firewall
 * lets the app in. Undefined when the refusal is about the object asked for, which proves the right. Throws what is no
 * `CopyError`.
 */
export function judge(error: unknown, check: CheckName, asked: Side, reached: Reached): Verdict | undefined {
  if (!isCopyError(error)) throw error;
  const side: Side = error.code.startsWith('source-')
    ? 'source'
    : error.code.startsWith('destination-')
      ? 'destination'
      : asked;
  const told = `${error.serviceCode ?? error.code}${error.status === undefined ? '' : `, HTTP ${String(error.status)}`}`;
  const code = codeOf(error, check, side, reached);
  if (code === 'ok') return undefined;
  const text = `${sentences[code](side)} (${told})`;
  if (error.code !== 'source-delegation-refused') return { code, side, text };
  return {
    code,
    side,
    text: `The destination does not take our token for the source. ${text}`,
    right: 'delegate',
  };
}

const plainCodes: Readonly<Partial<Record<CopyErrorCode, FindingCode>>> = {
  'source-role-missing': 'role-missing',
  'destination-role-missing': 'role-missing',
  'source-delegation-refused': 'role-missing',
  'tags-not-permitted': 'role-missing',
  'source-container-not-found': 'container-not-found',
  'destination-container-not-found': 'container-not-found',
  network: 'unreachable',
  timeout: 'unreachable',
};

function codeOf(error: CopyError, check: CheckName, side: Side, reached: Reached): FindingCode {
  if (error.serviceCode === 'AccountIsDisabled') return 'account-disabled';
  const plain = plainCodes[error.code];
  if (plain !== undefined) return plain;
  if (error.code === `${side}-unauthenticated`)
    return error.status === undefined ? 'no-token' : 'wrong-tenant';
  if (error.code !== `${side}-forbidden`) return aboutTheObject(error, side) ? 'ok' : 'refused';
  if (check !== 'copy' || !reached[side]) return 'firewall';
  return side === 'source' ? 'source-firewall' : 'copy-scope';
}

/** Answers that only somebody gets who may ask. */
function aboutTheObject({ code, status }: CopyError, side: Side): boolean {
  return (
    status === 404 ||
    status === 409 ||
    status === 412 ||
    code === `${side}-changed` ||
    code === 'source-archived' ||
    code === 'source-type-unsupported'
  );
}

const sentences: Readonly<Record<FindingCode, (side: Side) => string>> = {
  ok: () => 'proven',
  'not-checked': () => 'not asked',
  'role-missing': (side) =>
    `The ${side} knows the identity, and it lacks a role. A role given within the last ten minutes may still be on its way: ask again before you give another`,
  firewall: (side) => `The network rules of the ${side} do not let the app in`,
  'source-firewall': () =>
    'The app may read the source, and the destination may not: the network rules of the source must let in the network of the app, on whose behalf the destination reads',
  'private-endpoint-layout': () => 'The accounts are reached by different networks',
  'copy-scope': () =>
    'The app reaches the destination, which refuses the copy: its allowed copy scope or a policy does not take this source',
  'wrong-tenant': (side) =>
    `The ${side} does not accept our token: the account is in another Entra tenant, or its clock or endpoint is wrong`,
  'account-disabled': (side) => `The account of the ${side} is disabled`,
  'no-token': () => 'The identity of the app gives no token',
  'container-not-found': (side) => `The ${side} has no such container`,
  unreachable: (side) => `The ${side} cannot be reached: name resolution, private endpoint or network`,
  refused: (side) => `The ${side} refused the request`,
};
