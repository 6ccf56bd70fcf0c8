import { type Holder, isOnlyWorker } from '../record/board-finish.js';
import type { BoardFile } from '../record/board-file.js';
import { aborted } from '../copy/retry.js';

/**
 * Whether the unit that a slice holds was given to another worker meanwhile: the same activity delivered twice, or a run
 * that took over. Whoever is given a unit has written so on the board before its first request, so an answer read after
 * a refusal is true for that refusal. Questions asked while one is on its way share the next; a yes is kept.
 */
export class Sharing {
  readonly #file: BoardFile;
  readonly #holder: Holder;
  #shared = false;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | undefined;

  constructor(file: BoardFile, holder: Holder) {
    this.#file = file;
    this.#holder = holder;
  }

  /** One read of the board at most. Throws `aborted` when the board cannot be read: then nothing is known. */
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
    this.#next = undefined;
    try {
      const { result } = await this.#file.update((board) => ({ result: isOnlyWorker(board, this.#holder) }));
      this.#shared = !result;
    } catch {
      throw aborted();
    }
    return this.#shared;
  }
}
