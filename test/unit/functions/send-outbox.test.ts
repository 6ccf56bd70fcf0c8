import { describe, expect, it } from 'vitest';
import { sendOutbox } from '../../../src/functions/send-outbox.js';
import type { Receiver } from '../../../src/notify/receiver.js';
import { postEvent } from '../../../src/record/outbox.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { createStepClock } from '../../support/step-clock.js';

/** Receivers that refuse as often as told, over an outbox with one event. */
async function bench(refusals: Readonly<Record<string, number>>) {
  const clock = createStepClock();
  const state = createMemoryStateStore(clock);
  const heard: string[] = [];
  const logged: Record<string, unknown>[] = [];
  const left = { ...refusals };
  const receivers = Object.keys(refusals).map((name): Receiver => ({
    name,
    send: () => {
      left[name] = (left[name] ?? 0) - 1;
      if ((left[name] ?? 0) >= 0) return Promise.reject(new Error('HTTP 503'));
      heard.push(name);
      return Promise.resolve();
    },
  }));
  await postEvent(state, 'jobone00', { id: 'jobone00' }, new Date(clock.now()).toISOString());
  const send = () =>
    sendOutbox({ state, clock, receivers, log: (event, fields) => logged.push({ event, ...fields }) });
  return { clock, state, heard, logged, send };
}

describe('sendOutbox', () => {
  it('sends an event to everybody, once, and forgets it', async () => {
    const { state, heard, send } = await bench({ topic: 0, webhook: 0 });
    await send();
    await send();
    expect([heard, state.names('outbox/')]).toEqual([['topic', 'webhook'], []]);
  });

  it('tries again only those who have not accepted, later and later', async () => {
    const { clock, state, heard, logged, send } = await bench({ topic: 0, webhook: 3 });
    await send();
    await send();
    expect(logged.filter(({ event }) => event === 'event-refused')).toHaveLength(1);
    for (const delayMs of [30_000, 60_000, 119_000, 1000]) {
      clock.advance(delayMs);
      await send();
    }
    expect([heard, state.names('outbox/')]).toEqual([['topic', 'webhook'], []]);
    expect(logged.at(-1)).toEqual({ event: 'event-sent', job: 'jobone00', attempts: 4 });
  });

  it('gives up in the end, and says so', async () => {
    const { clock, state, logged, send } = await bench({ webhook: 1000 });
    for (let hour = 0; hour < 60; hour += 1) {
      await send();
      clock.advance(3_600_000);
    }
    expect(logged.at(-1)).toEqual({ event: 'event-given-up', job: 'jobone00', attempts: 40 });
    expect(state.names('outbox/')).toEqual([]);
  });

  it('keeps what all have accepted while the job is still marked, and sends it no more', async () => {
    const { clock, state, heard, send } = await bench({ topic: 0 });
    await state.put('active/jobone00', '');
    await send();
    clock.advance(30_000);
    await send();
    expect([heard, state.names('outbox/')]).toEqual([['topic'], ['outbox/jobone00.json']]);
    await state.delete('active/jobone00');
    clock.advance(30_000);
    await send();
    expect([heard, state.names('outbox/')]).toEqual([['topic'], []]);
  });

  it('asks nothing when nobody shall hear', async () => {
    const { state, send } = await bench({});
    state.reset();
    await send();
    expect(state.count()).toBe(0);
  });

  it('of two hosts that send at once, both may be heard and the event goes', async () => {
    const { state, heard, send } = await bench({ topic: 0 });
    await Promise.all([send(), send()]);
    expect(heard.length).toBeGreaterThanOrEqual(1);
    expect(state.names('outbox/')).toEqual([]);
  });
});
