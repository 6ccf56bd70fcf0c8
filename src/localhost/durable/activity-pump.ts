/** Runs jobs in order, at most `limit` at a time. Jobs must not reject. */
export class ActivityPump {
  readonly #limit: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  #next = 0;
  #running = 0;
  #isStopped = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  enqueue(job: () => Promise<void>): void {
    this.#waiting.push(job);
    this.#pump();
  }

  /** Starts nothing more; what runs goes on. */
  stop(): void {
    this.#isStopped = true;
  }

  get running(): number {
    return this.#running;
  }

  #pump(): void {
    while (!this.#isStopped && this.#running < this.#limit) {
      const job = this.#waiting[this.#next];
      if (job === undefined) {
        this.#waiting.length = 0;
        this.#next = 0;
        return;
      }
      this.#next += 1;
      this.#running += 1;
      void job().finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }
}
