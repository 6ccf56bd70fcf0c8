import { type Holder, isLastTaker } from '../record/board-finish.js';
import type { BoardFile } from '../record/board-file.js';
import type { Board } from '../record/board.js';
import type { CopyContext } from '../copy/context.js';
import { aborted } from '../copy/retry.js';
import type { Clock } from '../runtime/clock.js';

/** Between two reads of one lane: the board is one blob, and all lanes write it. */
const shortestGapMs = 1000;
/** So long a look at the board is believed. */
const beliefMs = 3000;
/** After this time the one who had a unit before has found out, and what it sent has arrived. */
const takeoverMs = 6000;

interface SharingParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When the board was asked for the unit. */
  readonly takenAtMs: number;
  /** As the holding has it. */
  readonly takenOverAt?: string | undefined;
  /** Writes are pinned to what was seen: whoever comes too late is refused, and nobody need wait for another. */
  readonly pins: boolean;
}

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
  readonly #takenOverAt: string | undefined;
  readonly #pins: boolean;
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #shared = false;
  #held = true;
  #heldAtMs: number;
  #looking: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | undefined;

  constructor(file: BoardFile, holder: Holder, parts: SharingParts) {
    this.#file = file;
    this.#holder = holder;
    this.#clock = parts.clock;
    this.#signal = parts.signal;
    this.#heldAtMs = parts.takenAtMs;
    this.#takenOverAt = parts.takenOverAt;
    this.#pins = parts.pins;
  }

  /** What a copy is told of it. */
  get asked(): Pick<CopyContext, 'isShared' | 'requireHold'> {
    return { isShared: this.ask, ...(this.#pins ? {} : { requireHold: this.requireHold }) };
  }

  /** The board as it stood when it was asked for at `atMs`, or later. */
  saw(board: Board, atMs: number): void {
    this.#held = isLastTaker(board, this.#holder);
    this.#heldAtMs = atMs;
  }

  /**
   * Resolves when the worker that had the unit before sends nothing more for it, as far as it asks {@link requireHold}: at
   * once when there is none, or it has given the unit back. Throws `aborted` when the slice ends, or the unit is somebody
   * else's by then.
   */
  readonly takeOver = async (): Promise<void> => {
    if (this.#pins || this.#takenOverAt === undefined) return;
    const untilMs = Date.parse(this.#takenOverAt) + takeoverMs;
    const restMs = Math.min(takeoverMs, untilMs - this.#clock.now());
    if (restMs <= 0) return;
    await this.#clock.sleep(restMs, this.#signal).catch(() => {
      throw aborted();
    });
    await this.requireHold();
  };

  /**
   * Throws `aborted` when the unit is no longer this worker's, or that cannot be known: another worker was given it or has
   * finished it, or a later run has begun. No request while the last look at the board is fresh.
   */
  readonly requireHold = async (): Promise<void> => {
    // An answer that was long on its way is no longer true.
    while (this.#clock.now() >= this.#heldAtMs + beliefMs) {
      if (this.#signal.aborted) throw aborted();
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
      const { result } = await this.#file.update((board) => ({ result: isLastTaker(board, this.#holder) }));
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
