import type { RunInput } from './contracts.js';
import type { Caller } from './services.js';
import type { Totals } from '../record/board.js';

export type Requests = Pick<Totals, 'requestsSource' | 'requestsDestination' | 'requestsState'>;

/** Counts the requests of one activity until somebody writes them on the board, and says who sends them. */
export class RequestTally {
  readonly #requestId: string;
  #source = 0;
  #destination = 0;
  #state = 0;

  /** `activity` names the invocation: what it is, of which run and lane, and since when. */
  constructor(input: RunInput, activity: string) {
    this.#requestId = `tranship.${input.job}.r${String(input.run)}.${activity}`;
  }

  get source(): Caller {
    return this.#caller(() => (this.#source += 1));
  }

  get destination(): Caller {
    return this.#caller(() => (this.#destination += 1));
  }

  get state(): Caller {
    return this.#caller(() => (this.#state += 1));
  }

  #caller(onRequest: () => void): Caller {
    return { requestId: this.#requestId, onRequest };
  }

  read(): Requests {
    return {
      requestsSource: this.#source,
      requestsDestination: this.#destination,
      requestsState: this.#state,
    };
  }

  /** Takes off what has been written down; requests sent meanwhile stay. */
  settle(written: Requests): void {
    this.#source -= written.requestsSource;
    this.#destination -= written.requestsDestination;
    this.#state -= written.requestsState;
  }
}
