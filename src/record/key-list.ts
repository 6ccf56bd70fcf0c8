import type { StateStore } from '../storage/state-store.js';
import { packLines, unpackLines } from './packed-lines.js';
import { stateNames } from './refs.js';

/** Most keys in one stored list: it is one blob, read whole. */
export const maxStoredKeys = 1_000_000;

/**
 * Stores the keys of a list source, in the given order, duplicates included. Returns how many. Repeating it replaces
 * the list, so only the owner of the job's record may write it. Throws `RangeError` above {@link maxStoredKeys}.
 */
export async function writeKeyList(state: StateStore, job: string, keys: Iterable<string>): Promise<number> {
  const { body, count } = await packLines(bounded(keys));
  await state.put(stateNames.keyList(job), body, { metadata: { entries: String(count) } });
  return count;
}

/** The stored keys from index `from` on; nothing when there is no list. One request. */
export async function* readKeys(state: StateStore, job: string, from: number): AsyncGenerator<string> {
  const blob = await state.get(stateNames.keyList(job));
  if (blob === undefined) return;
  yield* ((await unpackLines(blob.body)) as readonly string[]).slice(from);
}

function* bounded(keys: Iterable<string>): Generator<string> {
  let count = 0;
  for (const key of keys) {
    count += 1;
    if (count > maxStoredKeys)
      throw new RangeError(`a stored list holds at most ${String(maxStoredKeys)} keys`);
    yield key;
  }
}
