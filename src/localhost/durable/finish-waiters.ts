import type { EngineTime } from './engine-options.js';

/** Those who wait for an instance to finish. */
export class FinishWaiters {
  readonly #time: EngineTime;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(time: EngineTime) {
    this.#time = time;
  }

  /** Resolves when `tell` is called for the instance, or after `timeoutMs`. */
  wait(instanceId: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const listeners = this.#listeners.get(instanceId) ?? new Set<() => void>();
      this.#listeners.set(instanceId, listeners);
      const finished = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#time.setTimer(timeoutMs, () => {
        listeners.delete(finished);
        resolve();
      });
      listeners.add(finished);
    });
  }

  tell(instanceId: string): void {
    const listeners = this.#listeners.get(instanceId) ?? [];
    this.#listeners.delete(instanceId);
    for (const listener of listeners) {
      listener();
    }
  }
}
