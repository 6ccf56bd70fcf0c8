import { CopyError, isCopyError } from '../job/copy-error.js';
import type { Clock } from '../runtime/clock.js';
import type { RequestResult } from './throttle.js';

/** How much trouble one object may make before it is parked. */
export interface RetryBudget {
  /** Requests in all, first tries and repeats; every step of one object draws on it. */
  readonly maxFailures: number;
  /** Waiting in all. */
  readonly maxTotalDelayMs: number;
  /** Ceiling of the first wait; doubles with each failure. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** Waits about 25 s on average, at most a minute, before an object is given up. */
export const defaultRetryBudget: RetryBudget = {
  maxFailures: 8,
  maxTotalDelayMs: 60_000,
  firstDelayMs: 500,
  maxDelayMs: 16_000,
};

export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly budget?: RetryBudget;
  readonly onResult?: (result: RequestResult) => void;
  /** Asked before each try of a request that writes; what it throws ends the request. Absent: nothing is asked. */
  readonly requireHold?: () => Promise<void>;
}

/** The one owner of retries: exponential with full jitter, `Retry-After` as the least wait. One instance an object. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #budget: RetryBudget;
  #failures = 0;
  #delayedMs = 0;
  #unknownWrite = false;
  #refusedToken = false;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#budget = options.budget ?? defaultRetryBudget;
  }

  /** True when some write got no clear answer: it may have taken effect. */
  get unknownWrite(): boolean {
    return this.#unknownWrite;
  }

  /** For requests that change nothing. */
  read<T>(request: () => Promise<T>): Promise<T> {
    return this.#run(request, false);
  }

  /** For requests that write; remembers when an outcome is not known. */
  write<T>(request: () => Promise<T>): Promise<T> {
    return this.#run(request, true);
  }

  async #run<T>(request: () => Promise<T>, writes: boolean): Promise<T> {
    for (;;) {
      this.#throwIfAborted();
      if (writes && this.#options.requireHold !== undefined) await this.#options.requireHold();
      try {
        const result = await request();
        this.#options.onResult?.('ok');
        return result;
      } catch (error) {
        await this.#afterFailure(error, writes);
      }
    }
  }

  /** Returns when the request may be sent again; throws what ends it. */
  async #afterFailure(error: unknown, writes: boolean): Promise<void> {
    this.#throwIfAborted();
    if (!isCopyError(error)) throw error;
    const slow = error.code === 'throttled' || error.code === 'timeout';
    this.#options.onResult?.(slow ? 'throttled' : 'ok');
    if (!error.retryable && !this.#mayBeStale(error)) throw error;
    // Also for 429 and 503: a gateway between may say so of a request that was carried out.
    if (writes && error.retryable) this.#unknownWrite = true;
    this.#failures += 1;
    const delayMs = this.#delayMs(error.retryAfterMs ?? 0);
    if (
      this.#failures >= this.#budget.maxFailures ||
      this.#delayedMs + delayMs > this.#budget.maxTotalDelayMs
    ) {
      throw error;
    }
    this.#delayedMs += delayMs;
    await this.#sleep(delayMs);
  }

  /** A token can end, or be withdrawn, on its way. The next try fetches one anew; a second refusal is believed. */
  #mayBeStale(error: CopyError): boolean {
    const isFirst = error.code.endsWith('-unauthenticated') && !this.#refusedToken;
    this.#refusedToken ||= isFirst;
    return isFirst;
  }

  #delayMs(retryAfterMs: number): number {
    const { firstDelayMs, maxDelayMs } = this.#budget;
    const ceilingMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#failures - 1));
    return retryAfterMs + Math.round(ceilingMs * this.#options.clock.random());
  }

  async #sleep(delayMs: number): Promise<void> {
    try {
      await this.#options.clock.sleep(delayMs, this.#options.signal);
    } finally {
      this.#throwIfAborted();
    }
  }

  #throwIfAborted(): void {
    if (this.#options.signal.aborted) throw aborted();
  }
}

/** The work was given up; says nothing about the object. */
export function aborted(): CopyError {
  return new CopyError('aborted', 'given up before the object was settled', { retryable: false });
}
