import { describe, expect, it } from 'vitest';
import { AppRegistry } from '../../../../../src/localhost/host/app-registry.js';
import type { HostLogEntry } from '../../../../../src/localhost/host/host-log.js';
import type { TriggerCall } from '../../../../../src/localhost/host/invoker.js';
import type { MessageQueue, QueueMessage } from '../../../../../src/localhost/host/triggers/message-queue.js';
import { queueSettings } from '../../../../../src/localhost/host/triggers/queue-settings.js';
import { createQueueTriggers } from '../../../../../src/localhost/host/triggers/queue-trigger.js';
import type { Clock } from '../../../../../src/runtime/clock.js';

/** Time goes on to the next moment that somebody sleeps for, once everything else has had its turn. */
function createSleepersClock(): Clock {
  let nowMs = Date.UTC(2026, 0, 1);
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  const wakeNext = (): void => {
    const [next] = [...sleepers].sort((left, right) => left.atMs - right.atMs);
    if (next === undefined) return;
    nowMs = Math.max(nowMs, next.atMs);
    sleepers.delete(next);
    next.wake();
  };
  return {
    now: () => nowMs,
    random: () => 0.5,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { atMs: nowMs + delayMs, wake: resolve };
        sleepers.add(sleeper);
        setImmediate(wakeNext);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason as Error);
        });
      }),
  };
}

interface Stored {
  readonly id: string;
  readonly text: string;
  dequeueCount: number;
  visibleAtMs: number;
}

/** Queues in memory; nothing in them waits for real time. */
function createQueues(now: () => number) {
  const queues = new Map<string, Stored[]>();
  const of = (name: string): Stored[] => {
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    return queue;
  };
  let ids = 0;
  const send = (name: string, text: string): void => {
    ids += 1;
    of(name).push({ id: String(ids), text, dequeueCount: 0, visibleAtMs: 0 });
  };
  const open = (name: string): MessageQueue => ({
    receive: (limit, visibilityMs) => {
      if (all.failures > 0) {
        all.failures -= 1;
        return Promise.reject(new Error('down'));
      }
      const messages = of(name)
        .filter(({ visibleAtMs }) => visibleAtMs <= now())
        .slice(0, limit);
      return Promise.resolve(
        messages.map((message): QueueMessage => {
          message.dequeueCount += 1;
          message.visibleAtMs = now() + visibilityMs;
          const { id, text, dequeueCount } = message;
          const at = new Date(now());
          return {
            id,
            text,
            dequeueCount,
            receipt: `r${String(dequeueCount)}`,
            insertedAt: at,
            expiresAt: at,
            visibleAt: at,
          };
        }),
      );
    },
    hide: ({ id, receipt }, delayMs) => {
      const message = of(name).find((candidate) => candidate.id === id);
      if (message !== undefined) message.visibleAtMs = now() + delayMs;
      return Promise.resolve(receipt);
    },
    remove: (id) => {
      queues.set(
        name,
        of(name).filter((message) => message.id !== id),
      );
      return Promise.resolve();
    },
    send: (text) => {
      send(name, text);
      return Promise.resolve();
    },
  });
  const all = { of, send, open, failures: 0 };
  return all;
}

function createHost(
  handle: (text: string, call: TriggerCall) => Promise<void>,
  encoding: 'base64' | 'none' = 'none',
) {
  const clock = createSleepersClock();
  const log: HostLogEntry[] = [];
  const registry = new AppRegistry((entry) => log.push(entry));
  const bindings = {
    message: { type: 'queueTrigger', direction: 'in', queueName: '%QUEUE%', connection: 'Store' },
  } as const;
  registry.registerFunction({ name: 'reader', bindings }, () => undefined);
  const queues = createQueues(() => clock.now());
  const opened: string[] = [];
  const triggers = createQueueTriggers({
    registry,
    invoker: {
      invoke: async (_, call) => {
        await handle(call.data.string ?? '', call);
        return {};
      },
      drain: () => Promise.resolve(true),
    },
    clock,
    settings: { QUEUE: 'work' },
    queues: queueSettings({ visibilityTimeout: '00:00:30', messageEncoding: encoding }),
    openQueue: (name, connection) => {
      opened.push(`${connection}/${name}`);
      return queues.open(name);
    },
    log: (entry) => log.push(entry),
  });
  return { clock, log, queues, opened, triggers };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('a queue trigger', () => {
  it('hands each message to its function and deletes it', async () => {
    const seen: string[] = [];
    const { queues, opened, triggers } = createHost((text) => {
      seen.push(text);
      return Promise.resolve();
    });
    for (let index = 0; index < 100; index += 1) queues.send('work', `message ${String(index)}`);
    triggers.start();
    await until(() => queues.of('work').length === 0);
    await triggers.stop();
    expect(new Set(seen).size).toBe(100);
    expect(opened).toEqual(['Store/work', 'Store/work-poison']);
  });

  it('tells how often a message has come, and decodes it when the app says so', async () => {
    const calls: TriggerCall[] = [];
    const { queues, triggers } = createHost((_, call) => {
      calls.push(call);
      return Promise.resolve();
    }, 'base64');
    queues.send('work', Buffer.from('{"a":1}').toString('base64'));
    triggers.start();
    await until(() => queues.of('work').length === 0);
    await triggers.stop();
    expect(calls[0]).toMatchObject({
      data: { string: '{"a":1}' },
      metadata: { dequeueCount: { json: '1' } },
    });
  });

  it('brings a message that fails again, and after five tries lays it into the poison queue', async () => {
    let tries = 0;
    const { clock, queues, triggers, log } = createHost(() => {
      tries += 1;
      return Promise.reject(new Error('no'));
    });
    queues.send('work', 'bad');
    triggers.start();
    await until(() => queues.of('work-poison').length === 1);
    await triggers.stop();
    expect([tries, queues.of('work')]).toEqual([5, []]);
    expect(queues.of('work-poison')[0]?.text).toBe('bad');
    expect(clock.now() - Date.UTC(2026, 0, 1)).toBeGreaterThanOrEqual(4 * 30_000);
    expect(log.some(({ message }) => message.includes('poison'))).toBe(true);
  });

  it('keeps a message out of sight as long as its function runs', async () => {
    let release: (() => void) | undefined;
    let tries = 0;
    const { clock, queues, triggers } = createHost(() => {
      tries += 1;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    queues.send('work', 'long');
    triggers.start();
    const begun = clock.now();
    await until(() => clock.now() > begun + 10 * 60_000);
    expect(tries).toBe(1);
    release?.();
    await until(() => queues.of('work').length === 0);
    await triggers.stop();
  });

  it('goes on when the queue cannot be read for a while', async () => {
    const { queues, triggers, log } = createHost(() => Promise.resolve());
    queues.failures = 3;
    queues.send('work', 'x');
    triggers.start();
    await until(() => queues.of('work').length === 0);
    await triggers.stop();
    expect(log.filter(({ message }) => message.includes('"work" cannot be read: down'))).toHaveLength(3);
  });
});
