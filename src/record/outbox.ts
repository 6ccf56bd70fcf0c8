import type { StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import { stateNames } from './refs.js';

/** An event that waits to be accepted by everybody who shall hear of it. */
export interface OutboxEntry<Event> {
  readonly job: string;
  readonly event: Event;
  /** Receivers that have accepted it. */
  readonly accepted: readonly string[];
  readonly attempts: number;
  /** ISO 8601: not to be tried before. */
  readonly notBefore: string;
}

/** An entry with the ETag of its blob. */
export interface OutboxVersion<Event> {
  readonly entry: OutboxEntry<Event>;
  readonly etag: string;
}

/** Puts an event into the outbox, once. One request. */
export async function postEvent(state: StateStore, job: string, event: object, now: string): Promise<void> {
  const entry: OutboxEntry<object> = { job, event, accepted: [], attempts: 0, notBefore: now };
  await state.put(stateNames.outboxEntry(job), JSON.stringify(entry), { condition: { ifAbsent: true } });
}

/** Every event that waits. One request per event and one per 5,000; one when none waits. */
export async function* listOutbox<Event>(state: StateStore): AsyncGenerator<OutboxVersion<Event>> {
  for await (const { name } of listAll(state, stateNames.outbox)) {
    const blob = await state.get(name);
    if (blob === undefined) continue;
    yield { entry: JSON.parse(blob.body.toString('utf8')) as OutboxEntry<Event>, etag: blob.etag };
  }
}

/** Stores what has become of an event; a change by somebody else meanwhile stands. One request. */
export async function changeOutbox<Event>(
  state: StateStore,
  { entry, etag }: OutboxVersion<Event>,
): Promise<void> {
  await state.put(stateNames.outboxEntry(entry.job), JSON.stringify(entry), { condition: { ifMatch: etag } });
}

/** Removes an event. No error when it is gone. */
export async function removeFromOutbox(state: StateStore, job: string): Promise<void> {
  await state.delete(stateNames.outboxEntry(job));
}
