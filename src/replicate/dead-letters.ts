import type { StateStore } from '../storage/state-store.js';
import { replicationNames } from './state-names.js';
import type { ReplicaWork } from './state-names.js';

/** Work that was given up: it waits for people. Times are milliseconds since the epoch. */
export interface DeadLetter extends ReplicaWork {
  readonly passed: readonly string[];
  /** When the change was made. */
  readonly timeMs: number;
  /** When it was given up. */
  readonly atMs: number;
  readonly attempts: number;
  /** As in reports of jobs. */
  readonly reason: string;
  readonly message?: string;
}

/** A dead letter in the version that was read. */
export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  readonly name: string;
  readonly etag: string;
}

/** Keeps work that was given up; of one name, the last. */
export async function writeDeadLetter(state: StateStore, letter: DeadLetter): Promise<void> {
  await state.put(replicationNames.deadLetter(letter), JSON.stringify(letter));
}

/** Up to `limit` dead letters of a rule. One request, and one for each. */
export async function readDeadLetters(
  state: StateStore,
  rule: string,
  limit: number,
): Promise<readonly StoredDeadLetter[]> {
  const { entries } = await state.list(replicationNames.deadLettersOf(rule), undefined, limit);
  const letters: StoredDeadLetter[] = [];
  for (const { name } of entries) {
    const blob = await state.get(name);
    if (blob === undefined) continue;
    letters.push({ letter: JSON.parse(blob.body.toString('utf8')) as DeadLetter, name, etag: blob.etag });
  }
  return letters;
}

/** Forgets a dead letter that was made good, unless the name was given up again meanwhile. */
export function forgetDeadLetter(state: StateStore, { name, etag }: StoredDeadLetter): Promise<void> {
  return state.delete(name, etag);
}
