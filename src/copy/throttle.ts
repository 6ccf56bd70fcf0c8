/** What one request met, as far as the pace is concerned. */
export type RequestResult = 'ok' | 'throttled';

/** An adaptive bound on work in flight. Tasks beyond the bound wait in order. */
export interface Window {
  /** Tasks allowed at once, at least 1. */
  readonly limit: number;
  readonly inFlight: number;
  /** Runs `task` when there is room. Never call it from inside another task of the same window: both would wait. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** What each of the tasks in flight may have at once for all to stay within the limit. At least 1. */
  readonly share: number;
  /** Tell the window of each answer: a round of good ones doubles the limit, a throttled one halves it. */
  onResult(result: RequestResult): void;
}

/**
 * A window that begins at `start` and never exceeds `max`. Answers to requests that were in flight when the limit was
 * halved say nothing about the new pace, so a burst of refusals halves it once.
 */
export function createWindow(options: { readonly start?: number; readonly max: number }): Window {
  return new AdaptiveWindow(options.start ?? 4, options.max);
}

class AdaptiveWindow implements Window {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #inFlight = 0;
  #good = 0;
  #stale = 0;

  constructor(start: number, max: number) {
    this.#max = Math.max(1, Math.floor(max));
    this.#limit = Math.min(this.#max, Math.max(1, Math.floor(start)));
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get share(): number {
    return Math.max(1, Math.floor(this.#limit / Math.max(1, this.#inFlight)));
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.#limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#inFlight += 1;
    }
    try {
      return await task();
    } finally {
      this.#inFlight -= 1;
      this.#admit();
    }
  }

  onResult(result: RequestResult): void {
    if (this.#stale > 0) {
      this.#stale -= 1;
      return;
    }
    if (result === 'throttled') this.#halve();
    else this.#grow();
  }

  #halve(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#good = 0;
    this.#stale = Math.max(0, this.#inFlight - 1);
  }

  #grow(): void {
    this.#good += 1;
    if (this.#good < this.#limit) return;
    this.#good = 0;
    this.#limit = Math.min(this.#max, this.#limit * 2);
    this.#admit();
  }

  /** A waiting task takes its place before it wakes, so that nobody overtakes it. */
  #admit(): void {
    while (this.#inFlight < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inFlight += 1;
      next();
    }
  }
}
