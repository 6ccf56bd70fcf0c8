import { EventGridPublisherClient } from '@azure/eventgrid';
import type { TokenCredential } from '@azure/identity';
import type { Receiver } from './receiver.js';

interface SentEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A custom topic of Event Grid that takes CloudEvents, by identity. `endpoint` comes from a checked setting. */
export function createTopicReceiver(endpoint: string, credential: TokenCredential): Receiver {
  const client = new EventGridPublisherClient(endpoint, 'CloudEvent', credential, {
    // The outbox repeats; a redirect would carry the token to another host.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  });
  return {
    name: 'topic',
    send: async (event, signal) => {
      const { id, source, type, subject, time, data } = event as SentEvent;
      await client.send([{ id, source, type, subject, time: new Date(time), data }], { abortSignal: signal });
    },
  };
}
