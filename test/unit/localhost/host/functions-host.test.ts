import { subscribe } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFunctionsHost } from '../../../../src/localhost/host/functions-host.js';
import { createFakeEngine } from '../../../support/fake-engine.js';
import type { FakeEngine } from '../../../support/fake-engine.js';
import { littleAppDirectory, startLittleHost } from '../../../support/little-host.js';
import type { LittleHost } from '../../../support/little-host.js';

/** A loaded machine may need longer than the usual second. */
const patience = { timeout: 10_000 };

let little: LittleHost<FakeEngine>;
let url: string;

beforeAll(async () => {
  little = await startLittleHost(createFakeEngine);
  ({ url } = little);
});
afterAll(() => little.dispose());

describe('administration', () => {
  it('lists the functions', async () => {
    const status = (await (await fetch(`${url}/admin/host/status`)).json()) as {
      state: string;
      functions: { name: string }[];
    };
    expect(status.state).toBe('Running');
    expect(status.functions.find((fn) => fn.name === 'item')).toEqual({
      name: 'item',
      trigger: 'httpTrigger',
      route: '/api/items/{id:int}/{part?}',
      methods: ['GET', 'PUT'],
    });
    expect(status.functions.find((fn) => fn.name === 'tick')).toEqual({
      name: 'tick',
      trigger: 'timerTrigger',
    });
  });

  it('fires a timer with the payload the library expects', async () => {
    const fired = await fetch(`${url}/admin/functions/tick`, {
      method: 'POST',
      body: JSON.stringify({ input: { IsPastDue: true } }),
    });
    expect(fired.status).toBe(202);
    const seen = await vi.waitFor(async () => {
      const all = (await (await fetch(`${url}/api/seen`)).json()) as unknown[];
      expect(all).toHaveLength(2);
      return all;
    }, patience);
    expect(seen[0]).toBe('appStart');
    expect(seen[1]).toEqual({
      tick: {
        schedule: { adjustForDST: true },
        scheduleStatus: {
          last: '0001-01-01T00:00:00',
          next: expect.stringMatching(/T03:00:00\.000Z$/) as string,
          lastUpdated: expect.any(String) as string,
        },
        isPastDue: true,
      },
    });
  });

  it('keeps the schedule status in the state directory', async () => {
    const file = JSON.parse(await readFile(join(little.stateDirectory, 'timers.json'), 'utf8')) as object;
    expect(file).toMatchObject({ tick: { schedule: '0 0 3 * * *' } });
  });

  it('answers 404 for an unknown function, 400 for one that has callers and for a body that is not JSON', async () => {
    const fire = async (name: string, body?: string): Promise<number> =>
      (
        await fetch(`${url}/admin/functions/${name}`, {
          method: 'POST',
          ...(body === undefined ? {} : { body }),
        })
      ).status;
    expect(await fire('nobody')).toBe(404);
    expect(await fire('%E0%A4%A')).toBe(404);
    expect(await fire('echo')).toBe(400);
    expect(await fire('greet')).toBe(400);
    expect(await fire('tick', '{')).toBe(400);
    expect(await fire('tick', '[1]')).toBe(400);
    expect((await fetch(`${url}/admin/functions/tick`)).status).toBe(405);
    expect((await fetch(`${url}/admin/host/status`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${url}/admin/else`)).status).toBe(404);
  });
});

describe('the durable engine’s side', () => {
  it('gives the engine the settings of host.json and starts it', () => {
    expect(little.engine.settings).toMatchObject({
      hubName: 'LittleHub',
      maxConcurrentActivityFunctions: 4,
      defaultVersion: '1.0',
    });
    expect(little.engine.calls).toEqual(['start']);
  });

  it('knows the app’s orchestrators and activities by kind', () => {
    const { invoker } = little.engine;
    expect(invoker.has('orchestrator', 'chain')).toBe(true);
    expect(invoker.has('activity', 'greet')).toBe(true);
    expect(invoker.has('activity', 'chain')).toBe(false);
    expect(invoker.has('activity', 'echo')).toBe(false);
    expect(invoker.has('orchestrator', 'nobody')).toBe(false);
  });

  it('runs an activity and returns its result as JSON text', async () => {
    const { invoker } = little.engine;
    expect(await invoker.invoke('activity', 'greet', '"Ada"', 'i1')).toBe('"Hello, Ada"');
    expect(await invoker.invoke('activity', 'double', '{"n":21}', 'i1')).toBe('{"n":42}');
    expect(await invoker.invoke('activity', 'silent', 'null', 'i1')).toBeUndefined();
    expect(await invoker.invoke('activity', 'whoami', 'null', 'i-2')).toBe('"i-2"');
  });

  it('rejects with the message and stack of the app’s own error', async () => {
    const failure = little.engine.invoker.invoke('activity', 'breaks', 'null', 'i1');
    await expect(failure).rejects.toMatchObject({
      message: 'out of range',
      stack: expect.stringContaining('durable.ts') as string,
    });
    await expect(little.engine.invoker.invoke('activity', 'nobody', 'null', 'i1')).rejects.toThrow(
      'The app has no activity function "nobody".',
    );
  });

  it('runs one episode of an orchestrator and returns its actions', async () => {
    const started = { EventId: -1, IsPlayed: false, Timestamp: '2026-01-01T00:00:00Z' };
    const payload = JSON.stringify({
      instanceId: 'i1',
      isReplaying: false,
      parentInstanceId: null,
      upperSchemaVersion: 1,
      upperSchemaVersionNew: 2,
      longRunningTimerIntervalDuration: '3.00:00:00',
      maximumShortTimerDuration: '6.00:00:00',
      defaultHttpAsyncRequestSleepTimeMillseconds: 30000,
      input: 'Ada',
      history: [
        { ...started, EventType: 12 },
        { ...started, EventType: 0, Name: 'chain', Version: '1.0', Input: '"Ada"' },
      ],
    });
    const state: unknown = JSON.parse(
      (await little.engine.invoker.invoke('orchestrator', 'chain', payload, 'i1')) ?? 'null',
    );
    expect(state).toMatchObject({
      isDone: false,
      actions: [[{ actionType: 0, functionName: 'greet', input: '"Ada"' }]],
    });
  });

  it('lets the app start an orchestration through its durable client', async () => {
    const response = await fetch(`${url}/api/start/chain`, { method: 'POST', body: '"Ada"' });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toContain(
      `${url}/runtime/webhooks/durabletask/instances/instance-1`,
    );
    expect(little.engine.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: 'orchestrators/chain',
      body: '"Ada"',
    });
  });

  it('hands both management bases to the engine, path still encoded', async () => {
    await fetch(`${url}/runtime/webhooks/durabletask/instances/a%20b/terminate?reason=x`, { method: 'POST' });
    const request = little.engine.requests.at(-1);
    expect(request).toMatchObject({ method: 'POST', path: 'instances/a%20b/terminate' });
    expect(request?.query.get('reason')).toBe('x');
    await fetch(`${url}/durabletask/instances/?top=5`);
    expect(little.engine.requests.at(-1)).toMatchObject({ method: 'GET', path: 'instances/' });
  });
});

describe('stopping', () => {
  it('refuses a second app in the same process, and afterwards runs appTerminate and stops the engine', async () => {
    const second = createFunctionsHost({
      appDirectory: littleAppDirectory,
      stateDirectory: little.stateDirectory,
      port: 0,
      strict: true,
      log: () => undefined,
      engineFactory: createFakeEngine,
    });
    await expect(second.start()).rejects.toThrow('one process hosts one app');

    const published: unknown[] = [];
    subscribe('little-app', (message) => published.push(message));
    await Promise.all([little.host.stop(1000), little.host.stop(1000)]);
    expect(published).toEqual([{ appTerminate: { started: true } }]);
    expect(little.engine.calls).toEqual(['start', 'stop 1000']);
    await expect(fetch(`${url}/api/echo`)).rejects.toThrow();
  });
});
