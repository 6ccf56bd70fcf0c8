import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Account } from '../job/account.js';
import type { Clock } from '../runtime/clock.js';
import { foreignSource, placeSource } from './azure-blob/source-authorisation.js';
import type {
  AuthorisedSource,
  SourceAuthorisation,
  SourceStrategy,
  SourceUse,
} from './azure-blob/source-authorisation.js';
import type { CopySource } from './store.js';
import type { DelegatedSource, DelegatedSources } from './delegated-sources.js';
import { SourceWay } from './source-way.js';
import type { Turn, Way } from './source-way.js';

export interface SourceStrategies {
  readonly accounts: readonly Account[];
  readonly bearer: SourceStrategy;
  readonly delegated: DelegatedSources;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Told once each time that the one serves where the other did. `code`: what the token was refused by, or `served`. */
  readonly onSwitch?: (
    to: Way,
    what: Readonly<Record<'source' | 'destination' | 'operation' | 'code', string>>,
  ) => void;
}

/**
 * The token first; where the destination's service does not take it for such a source, a user delegation SAS. Which it is, is
 * learned for a source account, a destination account and an operation from the answers ({@link SourceWay}): afterwards every copy
 * is one request, but for the few that try the token again. `sourceAuth` of the source's account says it beforehand.
 */
export function chooseSourceStrategy(strategies: SourceStrategies): SourceAuthorisation {
  return new SourceChoice(strategies);
}

/** One request that names a source. */
interface Copy<T> {
  readonly source: CopySource;
  readonly signal: AbortSignal;
  readonly send: (from: AuthorisedSource) => Promise<T>;
  readonly way: SourceWay;
  readonly onSwitch: (to: Way, code: string) => void;
}

class SourceChoice implements SourceAuthorisation {
  readonly #strategies: SourceStrategies;
  readonly #ways = new Map<string, SourceWay>();

  constructor(strategies: SourceStrategies) {
    this.#strategies = strategies;
  }

  async send<T>(
    source: CopySource,
    use: SourceUse,
    signal: AbortSignal,
    send: (from: AuthorisedSource) => Promise<T>,
  ): Promise<T> {
    const { accounts, onSwitch } = this.#strategies;
    const place = placeSource(source.url, accounts);
    if (place === undefined) throw foreignSource();
    const { account, endpoint } = place;
    const way = this.#wayOf(`${endpoint} ${use.destination} ${use.operation}`);
    const told = (to: Way, code: string): void => onSwitch?.(to, { ...use, source: account.name, code });
    const copy = { source, signal, send, way, onSwitch: told };
    if (account.sourceAuth === 'bearer') return this.#byToken(copy);
    if (account.sourceAuth === 'userDelegationSas') return this.#bySas(copy);
    return way.take(signal, (turn) =>
      turn.way === 'bearer' ? this.#tokenFirst(copy, turn) : this.#sasFirst(copy),
    );
  }

  #wayOf(name: string): SourceWay {
    const way = this.#ways.get(name) ?? new SourceWay(this.#strategies.clock);
    this.#ways.set(name, way);
    return way;
  }

  async #byToken<T>({ source, signal, send, way, onSwitch }: Copy<T>): Promise<T> {
    const reply = await send(await this.#strategies.bearer.authorise(source, signal));
    if (way.tokenServed()) onSwitch('bearer', 'served');
    return reply;
  }

  /** A key can end, or be revoked, while a copy is on its way: with another one it is tried again at once. */
  async #bySas<T>({ source, signal, send }: Copy<T>): Promise<T> {
    const { delegated } = this.#strategies;
    const from = await delegated.authorise(source, signal);
    try {
      return await sendSigned(from, send);
    } catch (error) {
      if (!isCopyError(error) || !isUnverified(error) || !from.refused()) throw error;
      return sendSigned(await delegated.authorise(source, signal), send);
    }
  }

  async #tokenFirst<T>(copy: Copy<T>, turn: Turn): Promise<T> {
    try {
      return await this.#byToken(copy);
    } catch (error) {
      if (!isCopyError(error)) throw error;
      // While the SAS serves, this was a trial: whatever access it lacked, the SAS has.
      const isTrial = copy.way.known === 'userDelegationSas';
      if (!(isTrial ? isAccessRefusal(error) : mayConcernToken(error))) throw error;
      return this.#insteadOfToken(copy, turn, error);
    }
  }

  /** Tries the SAS after a refusal that may be of the token. What neither opens is refused as the token was. */
  async #insteadOfToken<T>(copy: Copy<T>, turn: Turn, refusal: CopyError): Promise<T> {
    const { way } = copy;
    // A stale token has its own second try, with a fresh one; what refuses that as well is no matter of age.
    const isFirst = !way.tokenRefused(turn);
    const mayBeStale = isFirst && refusal.code === 'source-unauthenticated';
    if (mayBeStale && way.known === 'bearer') throw refusal;
    const told = (key: CopyError | undefined): CopyError =>
      mayBeStale ? refusal : withKeyRefusal(refusal, key);
    const { vain } = way;
    if (vain !== undefined) throw told(vain.key);
    try {
      const reply = await this.#bySas(copy);
      if (way.sasServed(turn)) copy.onSwitch('userDelegationSas', refusal.serviceCode ?? refusal.code);
      return reply;
    } catch (error) {
      if (!isCopyError(error) || !isAccessRefusal(error)) throw error;
      const key = way.triedInVain(error);
      // The SAS may have ended on its way, too.
      if (isFirst && error.code === 'source-unauthenticated') throw error;
      throw told(key);
    }
  }

  /** Where the SAS is not taken any more, the token may be. What neither opens is refused as the SAS was. */
  async #sasFirst<T>(copy: Copy<T>): Promise<T> {
    try {
      return await this.#bySas(copy);
    } catch (error) {
      if (!isCopyError(error) || !isAccessRefusal(error) || !copy.way.doubtSas()) throw error;
      return this.#byToken(copy).catch((second: unknown) => {
        throw isCopyError(second) && isAccessRefusal(second) ? error : (second as Error);
      });
    }
  }
}

async function sendSigned<T>(
  from: DelegatedSource,
  send: (from: AuthorisedSource) => Promise<T>,
): Promise<T> {
  const reply = await send(from);
  from.served();
  return reply;
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
function mayConcernToken(error: CopyError): boolean {
  const { code, status, serviceCode = '' } = error;
  if (status === undefined) return false;
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
