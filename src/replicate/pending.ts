import { listAll } from '../record/list-all.js';
import type { StateStore } from '../storage/state-store.js';
import { replicationNames } from './state-names.js';
import type { ReplicaWork } from './state-names.js';

/** Work on one name that waits: for the name to come to rest, or for another try. Times are milliseconds since the epoch. */
export interface Pending extends ReplicaWork {
  readonly passed: readonly string[];
  /** When the first of the changes was made. */
  readonly timeMs: number;
  readonly dueMs: number;
  /** Tries that have failed. */
  readonly attempts: number;
  /** Somebody is at it until `dueMs`. */
  readonly taken: boolean;
}

/** Pending work as it is stored, in the version that was read. */
export interface StoredPending {
  readonly pending: Pending;
  readonly name: string;
  readonly etag: string;
}

function write(
  state: StateStore,
  name: string,
  pending: Pending,
  condition?: { readonly ifAbsent: true } | { readonly ifMatch: string },
): Promise<string | undefined> {
  return state.put(name, JSON.stringify(pending), {
    metadata: { due: String(pending.dueMs) },
    ...(condition === undefined ? {} : { condition }),
  });
}

/**
 * Remembers work for later. A name that waits already waits for both: what is done then is what the source says then.
 * Work that somebody has just taken is remembered anew, as he may have looked before the change. One request, two for a
 * name that waits already.
 */
export async function postpone(state: StateStore, pending: Pending): Promise<void> {
  const name = replicationNames.pending(pending);
  if ((await write(state, name, pending, { ifAbsent: true })) !== undefined) return;
  const present = await readPending(state, name);
  if (present !== undefined && !present.pending.taken) return;
  await write(state, name, pending);
}

/** Keeps others from due work until `untilMs`. Undefined when somebody else was faster. */
export async function takePending(
  state: StateStore,
  stored: StoredPending,
  untilMs: number,
): Promise<StoredPending | undefined> {
  const pending: Pending = { ...stored.pending, dueMs: untilMs, taken: true };
  const etag = await write(state, stored.name, pending, { ifMatch: stored.etag });
  return etag === undefined ? undefined : { ...stored, pending, etag };
}

/** Forgets taken work, unless a new change has been remembered meanwhile. */
export function forgetPending(state: StateStore, taken: StoredPending): Promise<void> {
  return state.delete(taken.name, taken.etag);
}

/** Names of work that is due. The due time lies in the metadata, so that looking is one request for 5,000. */
export async function* listDue(state: StateStore, nowMs: number): AsyncGenerator<string> {
  for await (const { name, metadata } of listAll(state, replicationNames.pendings)) {
    if (Number(metadata['due'] ?? 0) <= nowMs) yield name;
  }
}

/** Undefined when it is done already. */
export async function readPending(state: StateStore, name: string): Promise<StoredPending | undefined> {
  const blob = await state.get(name);
  return blob === undefined
    ? undefined
    : { pending: JSON.parse(blob.body.toString('utf8')) as Pending, etag: blob.etag, name };
}
