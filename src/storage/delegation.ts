/** A user delegation key that can sign. Keeps the key itself to itself. */
export interface SigningKey {
  /** Milliseconds since the epoch; what it has signed ends with it. */
  readonly expiresMs: number;
  /** The query, without `?`, of a SAS to read this one object over https, from the key's start until `expiresMs`. A secret. */
  sign(object: { readonly container: string; readonly key: string }, expiresMs: number): string;
}

/** What the user delegation keys of one account of one service are asked for. */
export interface Delegation {
  /** Get User Delegation Key: one request. Throws what the SDK throws. */
  requestKey(startsOn: Date, expiresOn: Date, signal: AbortSignal): Promise<SigningKey>;
}

/**
 * `sv` of every SAS: the first version in which a user delegation SAS exists for Azure Files too. A newer one would say
 * nothing more, and be refused where it is not known yet.
 */
export const sasVersion = '2025-07-05';

/** Proves the right to ask for a key by asking for one that ends in a minute, and drops it. */
export async function requestBriefKey(
  delegation: Delegation,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  await delegation.requestKey(new Date(nowMs), new Date(nowMs + 60_000), signal);
}
