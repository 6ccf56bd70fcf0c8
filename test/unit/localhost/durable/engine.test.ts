import { afterEach, describe, expect, it } from 'vitest';

import { RetryOptions } from 'durable-functions';
import { cleanUp, openRig, steppedTime } from './engine-rig.js';
import { sdkApp } from './sdk-app.js';
import type { Ctx } from './sdk-app.js';

afterEach(cleanUp);

const double = (value: unknown): number => Number(value) * 2;

describe('the durable engine under the real SDK', () => {
  it('chains activities with typed inputs and returns the output', async () => {
    const app = sdkApp({
      orchestrators: {
        *chain(context: Ctx) {
          const text = (yield context.df.callActivity('echo', 'a "text"')) as string;
          const object = (yield context.df.callActivity('echo', { deep: [1, null] })) as unknown;
          const nothing = (yield context.df.callActivity('echo')) as unknown;
          context.df.setCustomStatus({ phase: 'end' });
          return { text, object, nothing, input: context.df.getInput(), version: context.df.version };
        },
      },
      activities: { echo: (input) => input as unknown },
    });
    const rig = await openRig({ invoker: app });
    const id = await rig.startNew('chain', 'c1', { from: 'client' });
    expect(await rig.finished(id)).toMatchObject({
      runtimeStatus: 'Completed',
      instanceId: 'c1',
      customStatus: { phase: 'end' },
      output: {
        text: 'a "text"',
        object: { deep: [1, null] },
        nothing: null,
        input: { from: 'client' },
        version: '1.0',
      },
    });
  });

  it('fans out within the activity limit and batches completions', async () => {
    const app = sdkApp({
      orchestrators: {
        *fan(context: Ctx) {
          const tasks = Array.from({ length: 100 }, (_, index) => context.df.callActivity('double', index));
          const results = (yield context.df.Task.all(tasks)) as number[];
          return results.reduce((sum, one) => sum + one, 0);
        },
      },
      activities: { double },
    });
    const rig = await openRig({ invoker: app });
    const id = await rig.startNew('fan');
    expect((await rig.finished(id)).output).toBe(9900);
    expect(app.peak()).toBe(8);
    expect(app.calls.filter((call) => call === 'activity double')).toHaveLength(100);
  });

  it('gives an activity failure to the orchestrator and an orchestrator failure to the status', async () => {
    const app = sdkApp({
      orchestrators: {
        *catches(context: Ctx) {
          try {
            yield context.df.callActivity('fails');
          } catch (error) {
            return (error as Error).message.split('\n')[0];
          }
        },
        *throws() {
          throw new Error('on purpose');
        },
      },
      activities: {
        fails: () => {
          throw new Error('broken');
        },
      },
    });
    const rig = await openRig({ invoker: app });
    const caught = await rig.finished(await rig.startNew('catches'));
    expect(caught.output).toBe("Activity function 'fails' failed: broken ");
    const failed = await rig.finished(await rig.startNew('throws'));
    expect(failed).toMatchObject({
      runtimeStatus: 'Failed',
      output: "Orchestrator function 'throws' failed: on purpose",
    });
  });

  it('retries and counts the timer after the last attempt as the SDK does', async () => {
    let attempts = 0;
    const app = sdkApp({
      orchestrators: {
        *retries(context: Ctx) {
          const retry = new RetryOptions(1, 3);
          let text = '';
          try {
            yield context.df.callActivityWithRetry('fails', retry);
          } catch (error) {
            text = (error as Error).message.split(' \n')[0] ?? '';
          }
          const after = (yield context.df.callActivity('after')) as string;
          return { text, after };
        },
      },
      activities: {
        fails: () => {
          attempts += 1;
          throw new Error(`attempt ${String(attempts)}`);
        },
        after: () => 'went on',
      },
    });
    const rig = await openRig({ invoker: app });
    expect(await rig.finished(await rig.startNew('retries'))).toMatchObject({
      output: { text: "Activity function 'fails' failed: attempt 3", after: 'went on' },
    });
    expect(attempts).toBe(3);
  });

  it('runs children with fixed and generated ids, their versions and their failures', async () => {
    const app = sdkApp({
      orchestrators: {
        *parent(context: Ctx) {
          const tasks = [
            context.df.callSubOrchestrator('child', { n: 1 }, 'kid-1', '2.0'),
            context.df.callSubOrchestrator('child', { n: 2 }),
          ];
          const results = (yield context.df.Task.all(tasks)) as unknown[];
          try {
            yield context.df.callSubOrchestrator('bad');
          } catch (error) {
            return [...results, (error as Error).message.includes("'bad' failed: wrong")];
          }
        },
        *child(context: Ctx) {
          const n = context.df.getInput<{ n: number }>().n;
          const doubled = (yield context.df.callActivity('double', n)) as number;
          return { doubled, version: context.df.version, isChild: context.df.parentInstanceId === 'p' };
        },
        *bad() {
          throw new Error('wrong');
        },
      },
      activities: { double },
    });
    const rig = await openRig({ invoker: app });
    const status = await rig.finished(await rig.startNew('parent', 'p'));
    expect(status.output).toEqual([
      { doubled: 2, version: '2.0', isChild: true },
      { doubled: 4, version: '1.0', isChild: true },
      true,
    ]);
    expect((await rig.status('kid-1')).runtimeStatus).toBe('Completed');
  });

  it('fails a child whose id belongs to a live instance, and lets it have the id of a finished one', async () => {
    const app = sdkApp({
      orchestrators: {
        *parent(context: Ctx) {
          try {
            return (yield context.df.callSubOrchestrator('child', null, 'taken')) as string;
          } catch (error) {
            return (error as Error).message.split(' \n')[0];
          }
        },
        *child(context: Ctx) {
          if (context.df.getInput() === 'wait') {
            yield context.df.waitForExternalEvent('go');
          }
          return 'own result';
        },
      },
    });
    const rig = await openRig({ invoker: app });
    await rig.startNew('child', 'taken', 'wait');
    await rig.until(async () => (await rig.status('taken')).runtimeStatus === 'Running');
    expect((await rig.finished(await rig.startNew('parent'))).output).toBe(
      "Orchestrator function 'child' failed: An Orchestration instance with the status Running already exists.",
    );
    await rig.call('POST', 'instances/taken/raiseEvent/go', 1);
    await rig.finished('taken');
    expect((await rig.finished(await rig.startNew('parent'))).output).toBe('own result');
  });

  it('continues as new with a new history and drops events nobody awaited', async () => {
    const app = sdkApp({
      orchestrators: {
        *loops(context: Ctx) {
          const input = context.df.getInput<{ round: number }>();
          if (input.round === 0) {
            yield context.df.waitForExternalEvent('go');
          } else {
            yield context.df.callActivity('double', input.round);
          }
          if (input.round < 3) {
            context.df.continueAsNew({ round: input.round + 1 });
            return;
          }
          const late = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 20));
          const event = context.df.waitForExternalEvent('extra');
          const winner = (yield context.df.Task.any([event, late])) as unknown;
          return winner === late ? 'event lost' : 'event kept';
        },
      },
      activities: { double },
    });
    const rig = await openRig({ invoker: app });
    await rig.startNew('loops', 'loop', { round: 0 });
    await rig.call('POST', 'instances/loop/raiseEvent/extra', 1);
    await rig.call('POST', 'instances/loop/raiseEvent/go', 1);
    expect(await rig.finished('loop')).toMatchObject({ output: 'event lost', input: { round: 3 } });
    expect(rig.engine.inspect('loop')?.rowsPerGeneration).toHaveLength(4);
  });

  it('waits for an open timer before it completes', async () => {
    const time = steppedTime(Date.UTC(2026, 0, 1));
    const app = sdkApp({
      orchestrators: {
        *race(context: Ctx) {
          const at = (delayMs: number): Date => new Date(context.df.currentUtcDateTime.getTime() + delayMs);
          yield context.df.Task.any([context.df.createTimer(at(10)), context.df.createTimer(at(600))]);
          return 'done';
        },
      },
    });
    const rig = await openRig({ invoker: app, time });
    await rig.startNew('race', 'r');
    await rig.until(() => time.delays.length === 2);
    time.advanceTo(Date.UTC(2026, 0, 1) + 599);
    await rig.until(() => app.calls.length === 2);
    expect((await rig.status('r')).runtimeStatus).toBe('Running');
    time.advanceTo(Date.UTC(2026, 0, 1) + 600);
    expect((await rig.finished('r')).output).toBe('done');
  });

  it('breaks a timer of ten days into hops that the SDK follows', async () => {
    const startMs = Date.UTC(2026, 0, 1);
    const dayMs = 86_400_000;
    const time = steppedTime(startMs);
    const app = sdkApp({
      orchestrators: {
        *sleeps(context: Ctx) {
          yield context.df.createTimer(new Date(startMs + 10 * dayMs));
          return (yield context.df.callActivity('double', 21)) as number;
        },
      },
      activities: { double },
    });
    const rig = await openRig({ invoker: app, time });
    await rig.startNew('sleeps', 's');
    for (const day of [3, 6, 9, 10]) {
      await rig.until(() => time.due().length > 0);
      expect(time.due()).toEqual([startMs + day * dayMs]);
      time.advanceTo(startMs + day * dayMs);
    }
    const status = await rig.finished('s');
    expect(status.output).toBe(42);
    expect(status.historyEvents?.filter((row) => row.EventType === 'TimerCreated')).toHaveLength(4);
  });
});
