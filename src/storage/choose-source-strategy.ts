import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Account } from '../job/account.js';
import type { Clock } from '../runtime/clock.js';
import { foreignSource, placeSource } from './azure-blob/source-authorisation.js';
import type {
  AuthorisedSource,
  PlacedSource,
  SourceAuthorisation,
  SourceStrategy,
  SourceUse,
} from './azure-blob/source-authorisation.js';
import type { CopySource } from './store.js';
import type { DelegatedSources } from './delegated-sources.js';

export interface SourceStrategies {
  readonly accounts: readonly Account[];
  readonly bearer: SourceStrategy;
  readonly delegated: DelegatedSources;
  readonly clock: Pick<Clock, 'now'>;
  /** Told once when a service has refused the token and taken the SAS. */
  readonly onSwitch?: (
    what: Readonly<Record<'source' | 'destination' | 'operation' | 'code', string>>,
  ) => void;
}

/** So long nothing is tried instead of the token where nothing else helped. */
const vainMs = 60_000;

/**
 * The token first; where the destination's service does not take it for such a source, a user delegation SAS. Which it is, is
 * learned from the first answers for a source account, a destination account and an operation, and kept as long as the process
 * lives: afterwards every copy is one request. `sourceAuth` of the source's account says it beforehand.
 */
export function chooseSourceStrategy(strategies: SourceStrategies): SourceAuthorisation {
  return new SourceChoice(strategies);
}

type Send<T> = (from: AuthorisedSource) => Promise<T>;

class SourceChoice implements SourceAuthorisation {
  readonly #strategies: SourceStrategies;
  readonly #learned = new Map<string, 'bearer' | 'userDelegationSas'>();
  readonly #vain = new Map<string, { readonly untilMs: number; readonly key?: CopyError }>();

  constructor(strategies: SourceStrategies) {
    this.#strategies = strategies;
  }

  async send<T>(source: CopySource, use: SourceUse, signal: AbortSignal, send: Send<T>): Promise<T> {
    const { accounts, bearer } = this.#strategies;
    const place = placeSource(source.url, accounts);
    if (place === undefined) throw foreignSource();
    const name = `${place.endpoint} ${use.destination} ${use.operation}`;
    const way = place.account.sourceAuth ?? this.#learned.get(name);
    if (way === 'userDelegationSas') return this.#bySas(place, source, signal, send);
    const from = await bearer.authorise(source, signal);
    if (way === 'bearer') return send(from);
    try {
      const reply = await send(from);
      if (!this.#learned.has(name)) this.#learned.set(name, 'bearer');
      return reply;
    } catch (error) {
      if (this.#learned.get(name) === 'bearer' || !mayConcernToken(error)) throw error;
      return this.#instead(name, { place, source, use, signal, send, refusal: error });
    }
  }

  async #bySas<T>(place: PlacedSource, source: CopySource, signal: AbortSignal, send: Send<T>): Promise<T> {
    const { delegated } = this.#strategies;
    const from = await delegated.authorise(source, signal);
    try {
      return await send(from);
    } catch (error) {
      // The key may have been revoked; the next attempt finds out.
      if (isCopyError(error) && isUnverified(error)) delegated.doubt(place);
      throw error;
    }
  }

  /** Tries the SAS after a refusal that may be of the token. What neither opens is refused as the token was. */
  async #instead<T>(
    name: string,
    {
      place,
      source,
      use,
      signal,
      send,
      refusal,
    }: {
      readonly place: PlacedSource;
      readonly source: CopySource;
      readonly use: SourceUse;
      readonly signal: AbortSignal;
      readonly send: Send<T>;
      readonly refusal: CopyError;
    },
  ): Promise<T> {
    const { clock, onSwitch } = this.#strategies;
    const vain = this.#vain.get(name);
    if (vain !== undefined && clock.now() < vain.untilMs) throw withKeyRefusal(refusal, vain.key);
    try {
      const reply = await this.#bySas(place, source, signal, send);
      // A token that has served another copy meanwhile is no worse for this refusal.
      if (!this.#learned.has(name)) {
        this.#learned.set(name, 'userDelegationSas');
        onSwitch?.({ ...use, source: place.account.name, code: refusal.serviceCode ?? refusal.code });
      }
      return reply;
    } catch (error) {
      if (!isCopyError(error) || !isAccessRefusal(error)) throw error;
      const key = error.code === 'source-delegation-refused' ? { key: error } : {};
      this.#vain.set(name, { untilMs: clock.now() + vainMs, ...key });
      throw withKeyRefusal(refusal, key.key);
    }
  }
}

/** What an object is told that was refused for itself, and, with `key`, whose account gives out no key for a SAS either. */
function withKeyRefusal(refusal: CopyError, key: CopyError | undefined): CopyError {
  if (key === undefined) return refusal;
  return new CopyError(key.code, `${key.message}; before: ${refusal.message}`, key.toJSON());
}

/** Codes of the service for a header that it does not know, or not there. */
const headerCodes: ReadonlySet<string> = new Set([
  'InvalidHeaderValue',
  'MissingRequiredHeader',
  'UnsupportedHeader',
]);

/**
 * Whether a refusal may mean that the service does not take a token for this source: it refuses the header, or reads the source
 * without it. Not when the source knows the identity and refuses it a right, nor when its network rules do: a SAS of the same
 * identity from the same network would fare no better.
 */
function mayConcernToken(error: unknown): error is CopyError {
  if (!isCopyError(error) || error.status === undefined) return false;
  const { code, serviceCode = '' } = error;
  if (isUnverified(error)) return true;
  if (code !== 'bad-request') return false;
  return headerCodes.has(serviceCode) || serviceCode === 'PublicAccessNotPermitted';
}

/** The source took what it was shown for no proof; its own code is not passed on by every version of the service. */
function isUnverified({ code, serviceCode }: CopyError): boolean {
  if (code === 'source-forbidden') return serviceCode === 'CannotVerifyCopySource';
  return code === 'source-unauthenticated';
}

/** Whether the SAS, too, was of no use. */
function isAccessRefusal({ code }: CopyError): boolean {
  return (
    code === 'source-delegation-refused' ||
    code === 'source-unauthenticated' ||
    code === 'source-role-missing' ||
    code === 'source-forbidden' ||
    code === 'bad-request'
  );
}
