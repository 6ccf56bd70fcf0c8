interface Line<T, R> {
  /** Settles when the work under way has ended. */
  running: Promise<unknown>;
  /** What comes next, all that has arrived since the work under way began. */
  next: Next<T, R> | undefined;
}

interface Next<T, R> {
  item: T;
  readonly result: Promise<R>;
}

/**
 * Works on each name once at a time. What arrives for a name while it is worked on becomes one piece of work after it,
 * so that a burst of changes costs two pieces and not one each.
 */
export class OneAtATime<T, R> {
  readonly #work: (item: T) => Promise<R>;
  readonly #merge: (left: T, right: T) => T;
  readonly #lines = new Map<string, Line<T, R>>();

  /** `merge` makes one piece of work of two; neither function may throw. */
  constructor(work: (item: T) => Promise<R>, merge: (left: T, right: T) => T) {
    this.#work = work;
    this.#merge = merge;
  }

  /** Resolves with the result of the work that covered `item`, and whether that work was begun for it. */
  async run(name: string, item: T): Promise<{ readonly result: R; readonly joined: boolean }> {
    const line = this.#lines.get(name);
    if (line === undefined) return { result: await this.#begin(name, item), joined: false };
    if (line.next !== undefined) {
      line.next.item = this.#merge(line.next.item, item);
      return { result: await line.next.result, joined: true };
    }
    const next: Next<T, R> = {
      item,
      result: line.running.then((): Promise<R> => {
        line.next = undefined;
        return this.#begin(name, next.item);
      }),
    };
    line.next = next;
    return { result: await next.result, joined: false };
  }

  #begin(name: string, item: T): Promise<R> {
    const result = this.#work(item);
    const running = result.then(() => {
      if (this.#lines.get(name)?.running === running && this.#lines.get(name)?.next === undefined) {
        this.#lines.delete(name);
      }
    });
    const line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, { running, next: undefined });
    else line.running = running;
    return result;
  }
}
