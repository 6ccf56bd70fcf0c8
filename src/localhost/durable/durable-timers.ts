import type { EngineTime } from './engine-options.js';

/** The longest delay that timers of the platform can hold. */
const longestDelayMs = 2 ** 31 - 1;

/** Timers of instances; far ones are reached in several steps, and none fires before its time. */
export class DurableTimers {
  readonly #time: EngineTime;
  readonly #cancels = new Map<string, Map<number, () => void>>();
  #nextKey = 0;

  constructor(time: EngineTime) {
    this.#time = time;
  }

  schedule(instanceId: string, fireAtMs: number, fired: () => void): void {
    const key = this.#nextKey;
    this.#nextKey += 1;
    const own = this.#cancels.get(instanceId) ?? new Map<number, () => void>();
    this.#cancels.set(instanceId, own);
    const step = (): void => {
      const remainingMs = fireAtMs - this.#time.now();
      if (remainingMs > 0) {
        own.set(key, this.#time.setTimer(Math.min(remainingMs, longestDelayMs), step));
        return;
      }
      own.delete(key);
      fired();
    };
    own.set(
      key,
      this.#time.setTimer(Math.min(Math.max(fireAtMs - this.#time.now(), 0), longestDelayMs), step),
    );
  }

  /** Drops the timers of an instance that has ended. */
  cancel(instanceId: string): void {
    for (const cancel of this.#cancels.get(instanceId)?.values() ?? []) {
      cancel();
    }
    this.#cancels.delete(instanceId);
  }

  cancelAll(): void {
    for (const instanceId of [...this.#cancels.keys()]) {
      this.cancel(instanceId);
    }
  }
}
