import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Account } from '../job/account.js';
import type { Clock } from '../runtime/clock.js';
import { copySourceUrl } from './azure-blob/service-request.js';
import { foreignSource, placeSource } from './azure-blob/source-authorisation.js';
import type { AuthorisedSource, PlacedSource } from './azure-blob/source-authorisation.js';
import type { Delegation, SignedObject } from './delegation.js';
import { DelegationKeys, sasMs } from './delegation-keys.js';
import type { KeptKey } from './delegation-keys.js';
import type { CopySource } from './store.js';

export interface DelegatedSourcesOptions {
  readonly accounts: readonly Account[];
  /** Called once for each account and service that something is read from. */
  readonly open: (source: PlacedSource) => Delegation;
  readonly clock: Pick<Clock, 'now'>;
}

/** A source by SAS, which can be told how the SAS was taken. */
export type DelegatedSource = AuthorisedSource & Pick<KeptKey, 'served' | 'refused'>;

/** The strategy by SAS. */
export interface DelegatedSources {
  /** Throws `source-forbidden` for a source outside the configured accounts, before anything is sent. */
  authorise(source: CopySource, signal: AbortSignal): Promise<DelegatedSource>;
}

/**
 * A user delegation SAS in `x-ms-copy-source`: of exactly the object named, to read it, over https, for at most an hour from
 * now and from a quarter of an hour ago. Signed anew for each attempt, which takes no request; the key is kept for all. Throws
 * `source-delegation-refused` when the account gives out no key, and `copy-source-too-long` for a URL that has no room for the SAS.
 */
export function delegatedSources({ accounts, open, clock }: DelegatedSourcesOptions): DelegatedSources {
  const kept = new Map<string, DelegationKeys>();
  const keysOf = (place: PlacedSource): DelegationKeys => {
    const keys = kept.get(place.endpoint) ?? new DelegationKeys(open(place), clock);
    kept.set(place.endpoint, keys);
    return keys;
  };
  return {
    authorise: async ({ url }, signal) => {
      const place = placeSource(url, accounts);
      if (place === undefined) throw foreignSource();
      const key = await keysOf(place).get(signal).catch(refusedKey);
      const sas = key.sign(objectOf(url, place), Math.min(clock.now() + sasMs, key.expiresMs));
      return {
        url: copySourceUrl(`${url}${url.includes('?') ? '&' : '?'}${sas}`),
        served: key.served,
        refused: key.refused,
      };
    },
  };
}

/** As it is signed: decoded. A share snapshot in the query is no part of it. */
function objectOf(url: string, { endpoint }: PlacedSource): SignedObject {
  const [path = ''] = url.slice(endpoint.length + 1).split('?');
  const [container = '', ...names] = path.split('/');
  return { container: decodeURIComponent(container), key: names.map(decodeURIComponent).join('/') };
}

/** What the account lacks is the right to delegate, not that to read, which has its own code. */
function refusedKey(error: unknown): never {
  if (isCopyError(error) && error.code === 'source-role-missing') {
    throw new CopyError('source-delegation-refused', error.message, error.toJSON());
  }
  throw error as Error;
}
