import { type Holder, isHeld, isOnlyWorker } from '../record/board-finish.js';
import type { BoardFile } from '../record/board-file.js';
import type { Board } from '../record/board.js';
import { aborted } from '../copy/retry.js';
import type { Clock } from '../runtime/clock.js';

/** Between two reads of one lane: the board is one blob, and all lanes write it. */
const shortestGapMs = 1000;
/** So long a look at the board is believed. Longer than a beat takes to come round: a slice that beats asks for nothing. */
const beliefMs = 15_000;

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
  #held = true;
  #heldAtMs: number;
  #looking: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | undefined;

  /** `takenAtMs`: when the board was asked for the unit. */
  constructor(
    file: BoardFile,
    holder: Holder,
    {
      clock,
      signal,
      takenAtMs,
    }: { readonly clock: Clock; readonly signal: AbortSignal; readonly takenAtMs: number },
  ) {
    this.#file = file;
    this.#holder = holder;
    this.#clock = clock;
    this.#signal = signal;
    this.#heldAtMs = takenAtMs;
  }

  /** The board as it stood when it was asked for at `atMs`, or later. */
  saw(board: Board, atMs: number): void {
    this.#held = isHeld(board, this.#holder);
    this.#heldAtMs = atMs;
  }

  /**
   * Throws `aborted` when the unit is no longer this worker's, or that cannot be known: it was finished by another worker, or
   * a later run has begun. No request while the last look at the board is fresh, as beats keep it; after a pause one.
   */
  readonly requireHold = async (): Promise<void> => {
    if (this.#clock.now() >= this.#heldAtMs + beliefMs) {
      this.#looking ??= this.#lookAgain().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
    if (!this.#held) throw aborted();
  };

  async #lookAgain(): Promise<void> {
    const atMs = this.#clock.now();
    try {
      this.saw((await this.#file.update(() => ({ result: undefined }))).board, atMs);
    } catch {
      throw aborted();
    }
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
