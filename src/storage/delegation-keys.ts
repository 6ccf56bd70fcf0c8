import type { CopyError } from '../job/copy-error.js';
import type { Clock } from '../runtime/clock.js';
import { translateError } from './azure-blob/translate-error.js';
import type { Delegation, SigningKey } from './delegation.js';

const minuteMs = 60_000;
/** Clocks of services differ; before this start nobody would have signed anything. */
const skewMs = 15 * minuteMs;
/** What one key is asked for. With this much of it left, the next one is. */
const keyMs = 120 * minuteMs;
export const sasMs = 60 * minuteMs;
/** While no other is given out, a key goes on until here before its end: nothing that is sent with it ends on its way. */
const spareMs = 5 * minuteMs;
/** So long a refusal is believed without asking again, and a key that was just given out is taken for good. */
const beliefMs = minuteMs;
/** Deadline of the request, which many may wait for. */
const replyMs = 30_000;

/**
 * The user delegation key of one account of one service: asked for once, however many need it, and anew an hour before it
 * ends. In memory only.
 */
export class DelegationKeys {
  readonly #delegation: Delegation;
  readonly #clock: Pick<Clock, 'now'>;
  #key: SigningKey | undefined;
  #sinceMs = 0;
  #asking: Promise<SigningKey> | undefined;
  #refusal: { readonly error: CopyError; readonly untilMs: number } | undefined;

  constructor(delegation: Delegation, clock: Pick<Clock, 'now'>) {
    this.#delegation = delegation;
    this.#clock = clock;
  }

  /** A key with time left. One request at most. Throws `CopyError` as a request to the source does, or the signal's reason. */
  async get(signal: AbortSignal): Promise<SigningKey> {
    const now = this.#clock.now();
    const known = this.#key;
    if (known !== undefined && now < known.expiresMs - sasMs) return known;
    try {
      return await untilAborted(this.#ask(now), signal);
    } catch (error) {
      const isValid = known !== undefined && now < known.expiresMs - spareMs;
      if (isValid && !signal.aborted) return known;
      throw error;
    }
  }

  /** A SAS of this key was not accepted: the next `get` asks for another, unless this one is a minute old at most. */
  doubt(): void {
    if (this.#clock.now() >= this.#sinceMs + beliefMs) this.#key = undefined;
  }

  async #ask(now: number): Promise<SigningKey> {
    const { error, untilMs } = this.#refusal ?? { untilMs: 0 };
    if (error !== undefined && now < untilMs) throw error;
    this.#asking ??= this.#request(now).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #request(now: number): Promise<SigningKey> {
    const signal = AbortSignal.timeout(replyMs);
    try {
      const key = await this.#delegation.requestKey(new Date(now - skewMs), new Date(now + keyMs), signal);
      this.#key = key;
      this.#sinceMs = now;
      this.#refusal = undefined;
      return key;
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
