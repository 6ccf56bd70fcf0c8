import type { Totals } from '../record/board.js';

export type Requests = Pick<Totals, 'requestsSource' | 'requestsDestination' | 'requestsState'>;

/** Counts the requests of one activity until somebody writes them on the board. */
export class RequestTally {
  #source = 0;
  #destination = 0;
  #state = 0;

  readonly onSource = (): void => {
    this.#source += 1;
  };
  readonly onDestination = (): void => {
    this.#destination += 1;
  };
  readonly onState = (): void => {
    this.#state += 1;
  };

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
