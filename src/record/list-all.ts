import type { StateEntry, StateStore } from '../storage/state-store.js';

/** Every entry below a prefix in ascending order of names, one request per 5,000. */
export async function* listAll(state: StateStore, prefix: string): AsyncGenerator<StateEntry> {
  let token: string | undefined;
  do {
    const page = await state.list(prefix, token);
    yield* page.entries;
    token = page.next;
  } while (token !== undefined);
}
