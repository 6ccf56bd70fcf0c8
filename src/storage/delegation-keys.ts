import type { CopyError } from '../job/copy-error.js';
import type { Clock } from '../runtime/clock.js';
import { translateError } from './azure-blob/translate-error.js';
import type { Delegation, SigningKey } from './delegation.js';

const minuteMs = 60_000;
/** Clocks of services differ; before this start nobody would have signed anything. */
const skewMs = 15 * minuteMs;
/** What one key is asked for. With half of its life left, the next one is. */
const keyMs = 120 * minuteMs;
export const sasMs = 60 * minuteMs;
/**
 * This part of a key's life is spare, five minutes of two hours: while no other is given out, a key goes on until there, so that
 * nothing that is sent with it ends on its way.
 */
const sparePart = 1 / 24;
/** So long a refusal is believed without asking again, and a new key that has opened nothing is held to be no worse than the next. */
const beliefMs = minuteMs;
/** So long that is held of one that has opened something: one object that is always refused shall not cost a key each time. */
const provenBeliefMs = 5_000;
/** Deadline of the request, which many may wait for. */
const replyMs = 30_000;

/** A key as it was given out. */
export interface KeptKey extends SigningKey {
  /** A SAS of it has opened a source. */
  readonly served: () => void;
  /**
   * A SAS of it was taken for no proof. True: another key is to be had, so the same request may go better; the key has ended, was
   * replaced, or is old enough to have been revoked.
   */
  readonly refused: () => boolean;
}

interface Held {
  readonly key: KeptKey;
  readonly sinceMs: number;
  readonly lifeMs: number;
  hasServed: boolean;
}

/**
 * The user delegation key of one account of one service: asked for once, however many need it, and anew with half of its life
 * left. In memory only.
 */
export class DelegationKeys {
  readonly #delegation: Delegation;
  readonly #clock: Pick<Clock, 'now'>;
  #held: Held | undefined;
  #asking: Promise<KeptKey> | undefined;
  #refusal: { readonly error: CopyError; readonly untilMs: number } | undefined;

  constructor(delegation: Delegation, clock: Pick<Clock, 'now'>) {
    this.#delegation = delegation;
    this.#clock = clock;
  }

  /** A key with time left. One request at most. Throws `CopyError` as a request to the source does, or the signal's reason. */
  async get(signal: AbortSignal): Promise<KeptKey> {
    const now = this.#clock.now();
    const held = this.#held;
    if (held !== undefined && now < held.key.expiresMs - held.lifeMs / 2) return held.key;
    try {
      return await untilAborted(this.#ask(now), signal);
    } catch (error) {
      const isValid = held !== undefined && now < held.key.expiresMs - held.lifeMs * sparePart;
      if (isValid && !signal.aborted) return held.key;
      throw error;
    }
  }

  async #ask(now: number): Promise<KeptKey> {
    const { error, untilMs } = this.#refusal ?? { untilMs: 0 };
    if (error !== undefined && now < untilMs) throw error;
    this.#asking ??= this.#request(now).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #request(now: number): Promise<KeptKey> {
    const signal = AbortSignal.timeout(replyMs);
    try {
      const key = await this.#delegation.requestKey(new Date(now - skewMs), new Date(now + keyMs), signal);
      this.#refusal = undefined;
      return this.#keep(key, now);
    } catch (error) {
      const refusal = translateError(error, {
        action: 'get delegation key',
        side: 'source',
        signal,
        nowMs: this.#clock.now(),
      });
      if (!refusal.retryable) this.#refusal = { error: refusal, untilMs: now + beliefMs };
      throw refusal;
    }
  }

  #keep(key: SigningKey, sinceMs: number): KeptKey {
    const held: Held = {
      key: {
        expiresMs: key.expiresMs,
        sign: (object, expiresMs) => key.sign(object, expiresMs),
        served: () => {
          held.hasServed = true;
        },
        refused: () => this.#isReplaceable(held),
      },
      sinceMs,
      lifeMs: key.expiresMs - sinceMs,
      hasServed: false,
    };
    this.#held = held;
    return held.key;
  }

  #isReplaceable(held: Held): boolean {
    if (held !== this.#held) return true;
    const now = this.#clock.now();
    const believedMs = held.hasServed ? provenBeliefMs : beliefMs;
    if (now < Math.min(held.sinceMs + believedMs, held.key.expiresMs)) return false;
    this.#held = undefined;
    return true;
  }
}

/** What comes first; the promise goes on for others. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      })
      .catch(() => undefined);
  });
}
