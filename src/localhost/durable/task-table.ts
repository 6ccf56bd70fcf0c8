import { describeDecision, describeScheduledRow } from './decision.js';
import type { Decision } from './decision.js';
import type { HistoryEvent } from './protocol.js';

/** The tasks of one generation: hands out ids, knows what is open and what has no row in the history yet. */
export class TaskTable {
  readonly #unscheduled = new Map<number, Decision>();
  readonly #open = new Map<number, (failed: boolean) => void>();
  #nextId = 0;

  /** Takes the next id; `finish` is called when the task's completion is met in the history. */
  schedule(decide: (id: number) => Decision, finish: (failed: boolean) => void): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#unscheduled.set(id, decide(id));
    this.#open.set(id, finish);
    return id;
  }

  /** Forgets that the task is open; its completion is then ignored. */
  abandon(id: number): void {
    this.#open.delete(id);
  }

  /** A completion for an id that is not open is a duplicate and ignored. */
  complete(id: number | undefined, failed: boolean): void {
    const finish = id === undefined ? undefined : this.#open.get(id);
    if (id !== undefined && finish !== undefined) {
      this.#open.delete(id);
      finish(failed);
    }
  }

  /** Returns the error text when the recorded row is not what the replay schedules under its id. */
  match(row: HistoryEvent): string | undefined {
    const planned = this.#unscheduled.get(row.EventId);
    this.#unscheduled.delete(row.EventId);
    const recorded = describeScheduledRow(row);
    const replayed = planned === undefined ? 'nothing' : describeDecision(planned);
    return recorded === replayed
      ? undefined
      : `Non-Deterministic workflow detected: task ${String(row.EventId)} is ${recorded} in the history, but replaying ` +
          `the orchestrator schedules ${replayed}. Has its code changed, or does it use a clock, randomness or I/O?`;
  }

  /** Started and without a row, by ascending id. */
  get unscheduled(): readonly Decision[] {
    return [...this.#unscheduled.values()];
  }

  get openCount(): number {
    return this.#open.size;
  }
}
