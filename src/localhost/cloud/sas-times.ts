import { authenticationFailed } from './errors.js';

/** When a SAS holds, as its URL says or the stored access policy that it names. */
export interface SasTimes {
  /** Absent or empty: from ever. */
  readonly start?: string | undefined;
  /** Empty: what names no end is refused. Absent: somebody else looks at it. */
  readonly expiry?: string | undefined;
}

/** 403 AuthenticationFailed out of the times of the SAS; one by a user delegation key ends with the key at the latest. */
export function checkSasTimes(query: URLSearchParams, { start = '', expiry }: SasTimes, nowMs: number): void {
  const keyExpiry = query.has('skoid') ? (query.get('ske') ?? '') : undefined;
  const isEarly = start !== '' && !(Date.parse(start) <= nowMs);
  const isOver = [expiry, keyExpiry].some((time) => time !== undefined && !(Date.parse(time) > nowMs));
  if (isEarly || isOver) throw authenticationFailed();
}
