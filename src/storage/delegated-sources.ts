import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Account } from '../job/account.js';
import type { Clock } from '../runtime/clock.js';
import { copySourceUrl } from './azure-blob/service-request.js';
import { foreignSource, placeSource } from './azure-blob/source-authorisation.js';
import type { PlacedSource, SourceStrategy } from './azure-blob/source-authorisation.js';
import type { Delegation } from './delegation.js';
import { DelegationKeys, sasMs } from './delegation-keys.js';

export interface DelegatedSourcesOptions {
  readonly accounts: readonly Account[];
  /** Called once for each account and service that something is read from. */
  readonly open: (source: PlacedSource) => Delegation;
  readonly clock: Pick<Clock, 'now'>;
}

/** {@link SourceStrategy} by SAS; it can be told that a SAS was not accepted. */
export interface DelegatedSources extends SourceStrategy {
  doubt(source: PlacedSource): void;
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
      return { url: copySourceUrl(`${url}${url.includes('?') ? '&' : '?'}${sas}`) };
    },
    doubt: (place) => {
      keysOf(place).doubt();
    },
  };
}

/** As it is signed: decoded. A share snapshot in the query is no part of it. */
function objectOf(
  url: string,
  { endpoint }: PlacedSource,
): { readonly container: string; readonly key: string } {
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
