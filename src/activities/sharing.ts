import { type Holder, isOnlyWorker } from '../record/board-finish.js';
import type { BoardFile } from '../record/board-file.js';
import { aborted } from '../copy/retry.js';
import type { Clock } from '../runtime/clock.js';

/** Between two reads of one lane: the board is one blob, and all lanes write it. */
const shortestGapMs = 1000;

/**
 * Whether the unit that a slice holds was given to another worker meanwhile: the same activity delivered twice, or a run
 * that took over. Whoever is given a unit has written so on the board before its first request, so an answer read after
 * a refusal is true for that refusal. Questions asked while one is on its way, or within a second of it, share the next;
 * a yes is kept. So a lane whose segment is full of conflicts reads the board once a second.
 */
export class Sharing {
  readonly #file: BoardFile;
  readonly #holder: Holder;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #shared = false;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | undefined;

  constructor(file: BoardFile, holder: Holder, clock: Clock, signal: AbortSignal) {
    this.#file = file;
    this.#holder = holder;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** One read of the board at most. Throws `aborted` when the board cannot be read, or the slice ends: nothing is known. */
  readonly ask = (): Promise<boolean> => {
    if (this.#shared) return Promise.resolve(true);
    if (this.#next === undefined) {
      const look = (): Promise<boolean> => this.#look();
      this.#next = this.#last.then(look, look);
      this.#last = this.#next;
    }
    return this.#next;
  };

  async #look(): Promise<boolean> {
    try {
      await this.#rest().finally(() => {
        // Whoever asks from here on asks of a later refusal.
        this.#next = undefined;
      });
      const { result } = await this.#file.update((board) => ({ result: isOnlyWorker(board, this.#holder) }));
      this.#shared = !result;
    } catch {
      throw aborted();
    }
    return this.#shared;
  }

  async #rest(): Promise<void> {
    const restMs = this.#lastReadMs + shortestGapMs - this.#clock.now();
    if (restMs > 0) await this.#clock.sleep(restMs, this.#signal);
    this.#lastReadMs = this.#clock.now();
  }
}
