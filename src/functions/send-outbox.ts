import type { Receiver } from '../notify/receiver.js';
import {
  changeOutbox,
  listOutbox,
  type OutboxEntry,
  type OutboxVersion,
  removeFromOutbox,
} from '../record/outbox.js';
import { stateNames } from '../record/refs.js';
import type { Clock } from '../runtime/clock.js';
import type { LogFields } from '../runtime/logger.js';
import type { StateStore } from '../storage/state-store.js';

/** What sending needs of the process. */
export interface Sending {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly receivers: readonly Receiver[];
  readonly log: (event: string, fields: LogFields) => void;
}

type Event = Readonly<Record<string, unknown>>;

const firstDelayMs = 30_000;
const mostDelayMs = 60 * 60_000;
/** About a day and a half of attempts. */
const mostAttempts = 40;
const replyMs = 30_000;

/**
 * Sends what waits in the outbox to everybody who has not accepted it yet, and removes what all have accepted: at least
 * once each. What is refused is tried again after 30 seconds, then after twice as long each time, at most an hour; after
 * 40 attempts it is given up and said so. Safe to run at any time, also twice at once.
 */
export async function sendOutbox(sending: Sending): Promise<void> {
  const { state, clock } = sending;
  if (sending.receivers.length === 0) return;
  for await (const version of listOutbox<Event>(state)) {
    if (Date.parse(version.entry.notBefore) > clock.now()) continue;
    await sendOne(sending, version);
  }
}

async function sendOne(sending: Sending, { entry, etag }: OutboxVersion<Event>): Promise<void> {
  const { state, clock, receivers, log } = sending;
  const accepted = [...entry.accepted];
  for (const receiver of receivers) {
    if (accepted.includes(receiver.name)) continue;
    try {
      await receiver.send(entry.event, AbortSignal.timeout(replyMs));
      accepted.push(receiver.name);
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
      log('event-refused', { job: entry.job, receiver: receiver.name, attempt: entry.attempts + 1, reason });
    }
  }
  const attempts = entry.attempts + 1;
  const all = receivers.every(({ name }) => accepted.includes(name));
  if (all || attempts >= mostAttempts) {
    // While the job is still marked, somebody may post its event anew if it finds none.
    if (await isMarked(state, entry.job)) {
      const names = receivers.map(({ name }) => name);
      const waiting = {
        ...entry,
        accepted: names,
        notBefore: new Date(clock.now() + firstDelayMs).toISOString(),
      };
      await changeOutbox(state, { entry: waiting, etag });
      return;
    }
    await removeFromOutbox(state, entry.job);
    log(all ? 'event-sent' : 'event-given-up', { job: entry.job, attempts });
    return;
  }
  await changeOutbox(state, { entry: again({ ...entry, accepted, attempts }, clock), etag });
}

async function isMarked(state: StateStore, job: string): Promise<boolean> {
  return (await state.get(stateNames.activeJob(job))) !== undefined;
}

function again(entry: OutboxEntry<Event>, clock: Clock): OutboxEntry<Event> {
  const delayMs = Math.min(mostDelayMs, firstDelayMs * 2 ** Math.min(entry.attempts - 1, 10));
  return { ...entry, notBefore: new Date(clock.now() + delayMs).toISOString() };
}
