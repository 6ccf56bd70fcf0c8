import type { StateStore } from '../storage/state-store.js';
import type { Clock } from '../runtime/clock.js';
import { CopyError } from '../job/copy-error.js';
import type { Board } from './board.js';
import { stateNames } from './refs.js';

/** A board with the ETag of the blob it was read from. */
export interface BoardVersion {
  readonly board: Board;
  readonly etag: string;
}

/** What a change wants: the new board, or to leave it as it is. */
export interface BoardChange<T> {
  readonly board?: Board;
  readonly result: T;
}

/** The board that stands after a change, and the change's result. */
export interface BoardUpdate<T> {
  readonly board: Board;
  readonly result: T;
}

const maxAttempts = 60;

/**
 * Reads and changes one job's board by compare-and-swap. Keeps the last version it saw, so that an uncontended change
 * is one request. Changes asked for at the same time are applied one after the other.
 */
export class BoardFile {
  readonly #state: StateStore;
  readonly #job: string;
  readonly #clock: Clock;
  #seen: BoardVersion | undefined;
  /** Changes of one file run one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(state: StateStore, job: string, clock: Clock) {
    this.#state = state;
    this.#job = job;
    this.#clock = clock;
  }

  /** The board as it is now, or undefined when the job has none. One request. */
  async read(): Promise<BoardVersion | undefined> {
    const blob = await this.#state.get(stateNames.board(this.#job));
    this.#seen =
      blob === undefined
        ? undefined
        : { board: JSON.parse(blob.body.toString('utf8')) as Board, etag: blob.etag };
    return this.#seen;
  }

  /** Creates the board; false when there is one already. */
  async create(board: Board): Promise<boolean> {
    const etag = await this.#state.put(stateNames.board(this.#job), JSON.stringify(board), {
      condition: { ifAbsent: true },
    });
    if (etag !== undefined) this.#seen = { board, etag };
    return etag !== undefined;
  }

  /**
   * Applies a pure change until it sticks; `change` may be called many times. Returns its result and the board that
   * stands afterwards. Throws `state-conflict` when there is no board or the race was lost too often.
   */
  update<T>(change: (board: Board) => BoardChange<T>): Promise<BoardUpdate<T>> {
    const next = this.#last.then(
      () => this.#swap(change),
      () => this.#swap(change),
    );
    this.#last = next;
    return next;
  }

  async #swap<T>(change: (board: Board) => BoardChange<T>): Promise<BoardUpdate<T>> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const fresh = this.#seen === undefined;
      const seen = this.#seen ?? (await this.read());
      if (seen === undefined)
        throw new CopyError('state-conflict', 'the job has no board', { retryable: false });
      const { board, result } = change(seen.board);
      if (board === undefined || board === seen.board) {
        // A decision to change nothing must not rest on an old version.
        if (fresh) return { board: seen.board, result };
        this.#seen = undefined;
        continue;
      }
      const etag = await this.#state.put(stateNames.board(this.#job), JSON.stringify(board), {
        condition: { ifMatch: seen.etag },
      });
      if (etag !== undefined) {
        this.#seen = { board, etag };
        return { board, result };
      }
      this.#seen = undefined;
      await this.#clock.sleep(this.#clock.random() * Math.min(1000, 20 * 2 ** Math.min(attempt, 6)));
    }
    throw new CopyError('state-conflict', `the board changed ${String(maxAttempts)} times in a row`, {
      retryable: true,
    });
  }
}
