import type { Instance } from './instance.js';

/** How much history of finished instances is kept; the newest always is. */
export interface KeptHistoryLimits {
  readonly instances: number;
  /** Rows of all of them together: a lane of a long job has a thousand. */
  readonly rows: number;
}

/** The histories of the instances that finished last; of all others, the rows are dropped. */
export class KeptHistories {
  readonly #limits: KeptHistoryLimits;
  /** Rows of each, oldest first. */
  readonly #rows = new Map<Instance, number>();
  #total = 0;

  constructor(limits: KeptHistoryLimits) {
    this.#limits = limits;
  }

  /** Takes an instance that has just finished, and drops the oldest histories beyond the limits. */
  add(instance: Instance): void {
    this.forget(instance);
    this.#rows.set(instance, instance.history.length);
    this.#total += instance.history.length;
    for (const oldest of this.#rows.keys()) {
      const fits = this.#rows.size <= this.#limits.instances && this.#total <= this.#limits.rows;
      if (fits || oldest === instance) return;
      this.forget(oldest);
      oldest.history = [];
    }
  }

  /** Of an instance that was purged or replaced nothing is held any more. */
  forget(instance: Instance): void {
    this.#total -= this.#rows.get(instance) ?? 0;
    this.#rows.delete(instance);
  }
}
