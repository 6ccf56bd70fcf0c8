import { randomUUID } from 'node:crypto';
import type { Upstream } from '../upstream.js';
import { sendOwnRequest } from '../own-request.js';
import type { EventSubscription } from './subscription.js';

/** Where the events of a subscription go. */
export interface EventDestination {
  /** The queue is made; a webhook's owner is asked whether he wants events. Throws when he does not. */
  prepare(): Promise<void>;
  /** `again`: a later try is worth while; `refused`: none is. */
  deliver(event: unknown): Promise<'delivered' | 'again' | 'refused'>;
}

export interface DestinationContext {
  readonly upstream: Upstream;
  readonly keys: ReadonlyMap<string, string>;
}

export function openDestination(
  subscription: EventSubscription,
  context: DestinationContext,
): EventDestination {
  const { destination, schema } = subscription;
  return destination.kind === 'queue'
    ? queueDestination(destination, context)
    : webhookDestination(destination.url, schema);
}

function queueDestination(
  { account, queue }: { readonly account: string; readonly queue: string },
  { upstream, keys }: DestinationContext,
): EventDestination {
  const key = keys.get(account);
  if (key === undefined) throw new Error(`There is no account ${account}`);
  const send = (method: string, path: string, body?: string): Promise<number> =>
    sendOwnRequest(upstream, {
      service: 'queue',
      account,
      key,
      method,
      url: `/${account}/${path}`,
      ...(body === undefined ? {} : { body }),
    }).then((reply) => reply.statusCode ?? 500);
  return {
    prepare: async () => {
      const status = await send('PUT', queue);
      if (status >= 300) throw new Error(`The queue ${queue} was not made: ${String(status)}`);
    },
    deliver: async (event) => {
      const text = Buffer.from(JSON.stringify(event)).toString('base64');
      const body = `<QueueMessage><MessageText>${text}</MessageText></QueueMessage>`;
      return (await send('POST', `${queue}/messages`, body)) === 201 ? 'delivered' : 'again';
    },
  };
}

const handshakeOrigin = 'eventgrid.azure.net';
const webhookTimeoutMs = 30_000;
/** As in Azure: these end the delivery at once. */
const lastWords = new Set([400, 401, 403, 413]);

function webhookDestination(url: string, schema: EventSubscription['schema']): EventDestination {
  const send = (init: RequestInit): Promise<Response> =>
    fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(webhookTimeoutMs) });
  return {
    prepare: () => (schema === 'EventGridSchema' ? validate(send, url) : askOrigin(send, url)),
    deliver: async (event) => {
      const headers: Record<string, string> =
        schema === 'EventGridSchema'
          ? { 'content-type': 'application/json; charset=utf-8', 'aeg-event-type': 'Notification' }
          : { 'content-type': 'application/cloudevents+json; charset=utf-8' };
      const body = JSON.stringify(schema === 'EventGridSchema' ? [event] : event);
      const reply = await send({ method: 'POST', headers, body });
      await reply.arrayBuffer();
      if (reply.ok) return 'delivered';
      return lastWords.has(reply.status) ? 'refused' : 'again';
    },
  };
}

type Send = (init: RequestInit) => Promise<Response>;

/** Handshake of the Event Grid schema: the code comes back. */
async function validate(send: Send, url: string): Promise<void> {
  const validationCode = randomUUID();
  const event = {
    id: randomUUID(),
    topic: '/subscriptions/local',
    subject: '',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: new Date().toISOString(),
    dataVersion: '2',
    metadataVersion: '1',
    data: { validationCode },
  };
  const headers = { 'content-type': 'application/json', 'aeg-event-type': 'SubscriptionValidation' };
  const reply = await send({ method: 'POST', headers, body: JSON.stringify([event]) });
  const answer = reply.ok ? ((await reply.json()) as { readonly validationResponse?: unknown }) : {};
  if (answer.validationResponse !== validationCode) {
    throw new Error(`${url} did not answer the validation: ${String(reply.status)}`);
  }
}

/** Handshake of CloudEvents: the origin is allowed. */
async function askOrigin(send: Send, url: string): Promise<void> {
  const reply = await send({ method: 'OPTIONS', headers: { 'WebHook-Request-Origin': handshakeOrigin } });
  await reply.arrayBuffer();
  const allowed = reply.headers.get('webhook-allowed-origin');
  if (!reply.ok || (allowed !== handshakeOrigin && allowed !== '*')) {
    throw new Error(`${url} does not allow events of ${handshakeOrigin}: ${String(reply.status)}`);
  }
}
