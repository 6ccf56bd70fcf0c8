import type { Clock } from '../../src/runtime/clock.js';
import type { SeededRandom } from './seeded-random.js';

interface TimedEvent {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Why a stretch of simulated time ended. `idle`: nothing more can happen. `late`, `endless`: a bound was reached. */
export type StretchEnd = 'over' | 'idle' | 'late' | 'endless';

export interface StretchLimits {
  /** Simulated time from now. */
  readonly withinMs: number;
  readonly maxEvents: number;
}

/**
 * Simulated time: nobody waits for it. Everything that takes time asks for an event; the next one fires when all that
 * the last one has set off has come to rest, so that one seed gives one order of events.
 */
export class ChaosTime implements Clock {
  readonly #random: SeededRandom;
  #events: TimedEvent[] = [];
  #nowMs = Date.UTC(2026, 0, 1);
  #order = 0;
  #busy = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  readonly now = (): number => this.#nowMs;

  readonly random = (): number => this.#random.next();

  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = this.at(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  /** Calls back once after `delayMs`; the returned function calls it off. */
  at(delayMs: number, fire: () => void): () => void {
    const event: TimedEvent = { atMs: this.#nowMs + Math.max(0, delayMs), order: (this.#order += 1), fire };
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#events[middle];
      // Latest first, so that the next one is popped off the end.
      if (other !== undefined && isBefore(event, other)) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
    return () => {
      const index = this.#events.indexOf(event);
      if (index >= 0) this.#events.splice(index, 1);
    };
  }

  /** Work that takes turns of the event loop but no simulated time; time stands still until it is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  /** Lets events happen until `isOver`, or until nothing is left to happen, or a bound is reached. */
  async stretch(isOver: () => boolean, { withinMs, maxEvents }: StretchLimits): Promise<StretchEnd> {
    const untilMs = this.#nowMs + withinMs;
    for (let count = 0; count < maxEvents; count += 1) {
      await this.#rest();
      if (isOver()) return 'over';
      const event = this.#events.pop();
      if (event === undefined) return 'idle';
      if (event.atMs > untilMs) return 'late';
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      event.fire();
    }
    return 'endless';
  }

  async #rest(): Promise<void> {
    do {
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#busy > 0);
  }
}

function isBefore(left: TimedEvent, right: TimedEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
