import type { Clock } from '../runtime/clock.js';
import { requested } from './azure-blob/service-request.js';
import type { Side } from './side.js';

/** What a SAS is for. */
export interface SignedObject {
  readonly container: string;
  readonly key: string;
}

/** A user delegation key that can sign. Keeps the key itself to itself. */
export interface SigningKey {
  /** Milliseconds since the epoch; what it has signed ends with it. */
  readonly expiresMs: number;
  /** The query, without `?`, of a SAS to read this one object over https, from the key's start until `expiresMs`. A secret. */
  sign(object: SignedObject, expiresMs: number): string;
}

/** What the user delegation keys of one account of one service are asked for. */
export interface Delegation {
  /** Get User Delegation Key: one request. Throws what the SDK throws. */
  requestKey(startsOn: Date, expiresOn: Date, signal: AbortSignal): Promise<SigningKey>;
}

/** What a SAS of either service says besides the object and the right. */
export interface SasTerms {
  readonly startsOn: Date;
  readonly expiresOn: Date;
  /**
   * `sv`: the first version in which a user delegation SAS exists for Azure Files too. A newer one would say nothing more, and
   * be refused where it is not known yet.
   */
  readonly version: '2025-07-05';
}

/** Delegation by one SDK: `getKey` asks for its key, and `sign` writes the query with it. */
export function createDelegation<
  Key extends { readonly signedStartsOn: Date; readonly signedExpiresOn: Date },
>(
  getKey: (startsOn: Date, expiresOn: Date, abortSignal: AbortSignal) => Promise<Key>,
  sign: (object: SignedObject, key: Key, terms: SasTerms) => { toString(): string },
): Delegation {
  return {
    requestKey: async (startsOn, expiresOn, signal) => {
      const key = await getKey(startsOn, expiresOn, signal);
      const shared = { startsOn: key.signedStartsOn, version: '2025-07-05' } as const;
      return {
        expiresMs: key.signedExpiresOn.getTime(),
        sign: (object, expiresMs) =>
          sign(object, key, { ...shared, expiresOn: new Date(expiresMs) }).toString(),
      };
    },
  };
}

/** Proves the right to ask for a key by asking for one that ends in a minute, and drops it. Throws `CopyError`. */
export async function proveDelegation(
  delegation: Delegation,
  { readSide: side, clock }: { readonly readSide: Side; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const nowMs = clock.now();
  await requested({ action: 'get delegation key', side, signal }, clock, () =>
    delegation.requestKey(new Date(nowMs), new Date(nowMs + 60_000), signal),
  );
}
