import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { authenticationFailed, ServiceError } from '../errors.js';
import { checkSasTimes } from '../sas-times.js';
import type { SasTimes } from '../sas-times.js';
import type { Target } from '../operation.js';
import { delegationKey } from './delegation-key.js';
import type { SasNeed } from './file-operation.js';
import type { AccessPolicy } from './share-change.js';

/** What a SAS is checked against. */
export interface SasContext {
  /** The account's key, base64. */
  readonly accountKey: string;
  /** Of user delegation keys. */
  readonly secret: KeyObject;
  readonly nowMs: number;
  /** The stored access policy of a share. */
  policy(id: string): AccessPolicy | undefined;
}

/** What a good SAS grants. */
export interface SasGrant {
  readonly kind: 'account' | 'service' | 'user-delegation';
  /** Whose rights bound those of a user delegation SAS. */
  readonly oid?: string;
}

/**
 * Checks the SAS in a URL: 403 AuthenticationFailed for a wrong signature, or out of its time; 403 with what is missing when
 * it does not grant the need.
 */
export function verifySas(target: Target, need: SasNeed, context: SasContext): SasGrant {
  const { query } = target;
  const isAccountSas = query.has('ss');
  const oid = query.get('skoid') ?? undefined;
  const kind = isAccountSas ? 'account' : oid === undefined ? 'service' : 'user-delegation';
  const policy = policyOf(query, context);
  const text = kind === 'account' ? accountText(target) : serviceText(target, kind);
  if (!isSigned(text, query, signingKey(query, kind, context))) throw authenticationFailed();
  checkSasTimes(query, timesOf(query, policy), context.nowMs);
  checkScope(query, kind, need, policy?.permission ?? '');
  return { kind, ...(oid === undefined ? {} : { oid }) };
}

function given(query: URLSearchParams, name: string): string {
  return query.get(name) ?? '';
}

function policyOf(query: URLSearchParams, context: SasContext): AccessPolicy | undefined {
  const id = query.get('si');
  if (id === null || id === '') return undefined;
  const policy = context.policy(id);
  if (policy === undefined) throw authenticationFailed();
  return policy;
}

function timesOf(query: URLSearchParams, policy: AccessPolicy | undefined): SasTimes {
  const start = given(query, 'st') || policy?.start;
  return { start, expiry: given(query, 'se') || (policy?.expiry ?? '') };
}

function signingKey(query: URLSearchParams, kind: SasGrant['kind'], context: SasContext): string {
  if (kind !== 'user-delegation') return context.accountKey;
  return delegationKey(context.secret, {
    oid: given(query, 'skoid'),
    tid: given(query, 'sktid'),
    start: given(query, 'skt'),
    expiry: given(query, 'ske'),
    service: given(query, 'sks'),
    version: given(query, 'skv'),
  });
}

function isSigned(text: string, query: URLSearchParams, key: string): boolean {
  const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest();
  const signature = Buffer.from(given(query, 'sig'), 'base64');
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

function accountText({ account, query }: Target): string {
  const names = ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv'];
  if (given(query, 'sv') >= '2020-12-06') names.push('ses');
  return [account, ...names.map((name) => given(query, name)), ''].join('\n');
}

/** A SAS of a share holds for all in it; one of a file for the path as it was signed. */
function serviceText(target: Target, kind: 'service' | 'user-delegation'): string {
  const { account, container = '', blob, query } = target;
  const share = `/file/${account}/${container}`;
  const resource = query.get('sr') === 's' ? share : `${share}/${blob ?? ''}`;
  if (query.get('sr') === 'f' && blob === undefined) throw mismatch('AuthorizationResourceTypeMismatch');
  const own = (...names: string[]): string[] => names.map((name) => given(query, name));
  const tail = own('sip', 'spr', 'sv', 'rscc', 'rscd', 'rsce', 'rscl', 'rsct');
  const middle =
    kind === 'service' ? own('si') : own('skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'skdutid', 'sduoid');
  return [...own('sp', 'st', 'se'), resource, ...middle, ...tail].join('\n');
}

function checkScope(query: URLSearchParams, kind: SasGrant['kind'], need: SasNeed, granted: string): void {
  if (kind === 'account') checkAccountScope(query, need);
  else if (!need.byService) throw mismatch('AuthorizationResourceTypeMismatch');
  const letters = given(query, 'sp') || granted;
  if (!Array.from(need.permissions).some((letter) => letters.includes(letter))) {
    throw mismatch('AuthorizationPermissionMismatch');
  }
}

function checkAccountScope(query: URLSearchParams, need: SasNeed): void {
  if (!given(query, 'ss').includes('f')) throw mismatch('AuthorizationServiceMismatch');
  if (!given(query, 'srt').includes(need.resourceType)) throw mismatch('AuthorizationResourceTypeMismatch');
}

const REASONS = {
  AuthorizationPermissionMismatch: 'permission',
  AuthorizationServiceMismatch: 'service',
  AuthorizationResourceTypeMismatch: 'resource type',
} as const;

function mismatch(code: keyof typeof REASONS): ServiceError {
  return new ServiceError(
    403,
    code,
    `This request is not authorized to perform this operation using this ${REASONS[code]}.`,
  );
}
