import { EventGridDeserializer } from '@azure/eventgrid';
import { z } from 'zod';
import type { Account } from '../job/account.js';
import type { BlobEvent, RefusedEvent } from './blob-event.js';
import { toBlobEvent } from './to-blob-event.js';

/** Largest message that Event Grid sends: a batch of events, 1 MiB. */
const largestMessageBytes = 1024 * 1024;

/** What one message holds. Its events and refusals together are all that came. */
export interface DecodedMessage {
  readonly events: readonly BlobEvent[];
  readonly refused: readonly RefusedEntry[];
}

/** What is not acted upon, and what it was: one event, or a message that cannot be taken apart. */
export interface RefusedEntry extends RefusedEvent {
  readonly content: unknown;
}

/** An event of either schema, its envelope checked. */
export interface RawEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: Date;
  readonly data: unknown;
}

const deserializer = new EventGridDeserializer();

/**
 * Reads the message of a queue (JSON, plain or base64) or of a trigger (parsed JSON): one event or an array of them, in
 * the Event Grid or the CloudEvents schema. One bad event does not spoil the others. Does not throw.
 */
export async function decodeEvents(message: unknown, accounts: readonly Account[]): Promise<DecodedMessage> {
  const events: BlobEvent[] = [];
  const refused: RefusedEntry[] = [];
  const parsed = parseMessage(message);
  if ('reason' in parsed) return { events, refused: [{ ...parsed, content: message }] };
  for (const entry of parsed.entries) {
    const raw = await readEnvelope(entry);
    const event = 'reason' in raw ? raw : toBlobEvent(raw, accounts);
    if ('reason' in event) refused.push({ ...event, content: entry });
    else events.push(event);
  }
  return { events, refused };
}

function parseMessage(message: unknown): { readonly entries: readonly unknown[] } | RefusedEvent {
  if (typeof message !== 'string') return entriesOf(message);
  if (Buffer.byteLength(message) > largestMessageBytes * 2) return oversized();
  const text = /^\s*[[{]/.test(message) ? message : Buffer.from(message, 'base64').toString('utf8');
  if (Buffer.byteLength(text) > largestMessageBytes) return oversized();
  try {
    return entriesOf(JSON.parse(text));
  } catch {
    return { reason: 'malformed', detail: 'the message is not JSON, neither plain nor base64' };
  }
}

function oversized(): RefusedEvent {
  return { reason: 'oversized', detail: 'the message is over 1 MiB, which Event Grid never sends' };
}

function entriesOf(value: unknown): { readonly entries: readonly unknown[] } | RefusedEvent {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  return entries.length === 0 ? { reason: 'malformed', detail: 'the message holds no event' } : { entries };
}

const recordSchema = z.record(z.string(), z.unknown());

async function readEnvelope(entry: unknown): Promise<RawEvent | RefusedEvent> {
  const record = recordSchema.safeParse(entry);
  if (!record.success) return { reason: 'malformed', detail: 'an event must be a JSON object' };
  try {
    const raw = await ('specversion' in record.data ? readCloudEvent : readGridEvent)(record.data);
    if (raw !== undefined && !Number.isNaN(raw.time.getTime())) return raw;
  } catch {
    // The deserializer says which property is missing or wrong only in words, and quotes the event.
  }
  return { reason: 'malformed', detail: 'an event lacks a property of its schema' };
}

async function readGridEvent(record: Record<string, unknown>): Promise<RawEvent | undefined> {
  const [event] = await deserializer.deserializeEventGridEvents(record);
  if (event === undefined) return undefined;
  const { id, eventType: type, subject, eventTime: time, data } = event;
  return { id, type, subject, time, data };
}

async function readCloudEvent(record: Record<string, unknown>): Promise<RawEvent | undefined> {
  const [event] = await deserializer.deserializeCloudEvents(record);
  if (event?.time === undefined) return undefined;
  const { id, type, subject = '', time, data } = event;
  return { id, type, subject, time, data };
}
