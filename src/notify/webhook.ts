import type { Receiver } from './receiver.js';

/**
 * A webhook that takes CloudEvents, one a POST (structured mode of the HTTP binding). `url` comes from a checked setting;
 * nothing secret is sent, redirects are not followed, and the answer's body is not read. Any status from 200 to 299
 * accepts.
 */
export function createWebhookReceiver(url: string): Receiver {
  return {
    name: 'webhook',
    send: async (event, signal) => {
      const reply = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        body: JSON.stringify(event),
        redirect: 'manual',
        signal,
      });
      await reply.body?.cancel();
      if (!reply.ok) throw new Error(`HTTP ${String(reply.status)}`);
    },
  };
}
