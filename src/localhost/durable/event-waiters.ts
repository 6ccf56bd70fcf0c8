import { settle, settledAs, unsettled } from './settling.js';
import type { Settling } from './settling.js';

/**
 * External events of one generation. Names are compared without case. The last waiter is served first; events that nobody
 * waits for are kept, first come first served.
 */
export class EventWaiters {
  readonly #waiters = new Map<string, Settling[]>();
  readonly #early = new Map<string, number>();

  raise(name: string): void {
    const key = name.toLowerCase();
    const waiter = this.#waiters.get(key)?.pop();
    if (waiter === undefined) {
      this.#early.set(key, (this.#early.get(key) ?? 0) + 1);
    } else {
      settle(waiter, false);
    }
  }

  wait(name: string): Settling {
    const key = name.toLowerCase();
    const waiters = this.#waiters.get(key) ?? [];
    const early = this.#early.get(key) ?? 0;
    if (early === 0) {
      const waiter = unsettled();
      this.#waiters.set(key, [...waiters, waiter]);
      return waiter;
    }
    // The host pushes the new waiter before it raises the kept event, so the event finds the new waiter on top.
    this.#early.set(key, early - 1);
    return settledAs('completed');
  }
}
