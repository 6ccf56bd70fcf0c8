import { describe, expect, it } from 'vitest';
import { AppRegistry } from '../../../../../src/localhost/host/app-registry.js';
import { createEventGridWebhook } from '../../../../../src/localhost/host/triggers/event-grid-trigger.js';

function open(handle: (event: unknown) => Promise<void> = () => Promise.resolve()) {
  const registry = new AppRegistry(() => undefined);
  const trigger = { event: { type: 'eventGridTrigger', direction: 'in' } } as const;
  registry.registerFunction({ name: 'events', bindings: trigger }, () => undefined);
  const http = { request: { type: 'httpTrigger', direction: 'in' } } as const;
  registry.registerFunction({ name: 'page', bindings: http }, () => undefined);
  const webhook = createEventGridWebhook(registry, {
    invoke: async (_, call) => {
      await handle(JSON.parse(call.data.json ?? ''));
      return {};
    },
    drain: () => Promise.resolve(true),
  });
  return (
    method: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    functionName: string | undefined = 'events',
  ) =>
    webhook({
      method,
      functionName,
      header: (name) => headers[name],
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
}

describe('the Event Grid webhook', () => {
  it('answers the validation of the Event Grid schema', async () => {
    const events: unknown[] = [];
    const call = open((event) => {
      events.push(event);
      return Promise.resolve();
    });
    const answer = await call('POST', [{ data: { validationCode: 'abc' } }], {
      'aeg-event-type': 'SubscriptionValidation',
    });
    expect(answer).toEqual({ status: 200, body: { validationResponse: 'abc' } });
    expect(events).toEqual([]);
  });

  it('allows the origin that asks as CloudEvents has it', async () => {
    const answer = await open()('OPTIONS', '', { 'webhook-request-origin': 'eventgrid.azure.net' });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'WebHook-Allowed-Origin': 'eventgrid.azure.net' },
    });
    expect((await open()('OPTIONS', '')).status).toBe(400);
  });

  it.each([
    ['a list', [{ id: 1 }, { id: 2 }], [{ id: 1 }, { id: 2 }]],
    ['one event', { id: 1 }, [{ id: 1 }]],
  ])('hands over %s, one invocation an event', async (_, body, expected) => {
    const events: unknown[] = [];
    const call = open((event) => {
      events.push(event);
      return Promise.resolve();
    });
    expect(await call('POST', body, { 'aeg-event-type': 'Notification' })).toEqual({ status: 202 });
    expect(events).toEqual(expected);
  });

  it('asks for another delivery when one event failed', async () => {
    const call = open((event) =>
      (event as { id: number }).id === 2 ? Promise.reject(new Error('no')) : Promise.resolve(),
    );
    expect((await call('POST', [{ id: 1 }, { id: 2 }])).status).toBe(500);
  });

  it('refuses what is no call of Event Grid', async () => {
    const call = open();
    expect((await call('POST', 'no json')).status).toBe(400);
    expect((await call('GET', '')).status).toBe(405);
    expect((await call('POST', [], {}, 'page')).status).toBe(404);
    expect((await call('POST', [], {}, 'unknown')).status).toBe(404);
  });
});
