import pLimit from 'p-limit';
import type { StateEntry, StateStore } from '../storage/state-store.js';
import { replicationNames } from './state-names.js';

const mostPages = 4;
const mostDeletes = 2000;
const deletesAtOnce = 8;

/** Deletes what replication wrote into the state container long ago, 2,000 blobs at most. */
export class OldState {
  deleted = 0;
  readonly #state: StateStore;
  readonly #beforeMs: number;
  readonly #limit = pLimit(deletesAtOnce);

  /** `beforeMs`: what was written since then stays. */
  constructor(state: StateStore, beforeMs: number) {
    this.#state = state;
    this.#beforeMs = beforeMs;
  }

  /** True when no more may be deleted. */
  isOver(): boolean {
    return this.deleted >= mostDeletes;
  }

  /** What a removed rule has left; the mark of its removal when nothing is left. */
  async removeRule(mark: StateEntry, rule: string): Promise<void> {
    const { deadLettersOf, tombstonesOf } = replicationNames;
    const left = (await this.remove(deadLettersOf(rule))) + (await this.remove(tombstonesOf(rule)));
    if (left === 0) await this.#state.delete(mark.name, mark.etag);
  }

  /** Gives how many blobs stay below a prefix, as far as was looked. */
  async remove(prefix: string): Promise<number> {
    let stay = 0;
    let token: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const { entries, next } = await this.#state.list(prefix, token);
      const old = entries
        .filter(({ lastModified }) => Date.parse(lastModified) < this.#beforeMs)
        .slice(0, mostDeletes - this.deleted);
      await Promise.all(old.map(({ name, etag }) => this.#limit(() => this.#state.delete(name, etag))));
      this.deleted += old.length;
      stay += entries.length - old.length;
      token = next;
      if (token === undefined || this.isOver()) break;
    }
    return token === undefined ? stay : stay + 1;
  }
}
