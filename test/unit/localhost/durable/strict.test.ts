import { afterEach, describe, expect, it } from 'vitest';

import { cleanUp, openRig } from './engine-rig.js';
import { sdkApp } from './sdk-app.js';
import type { Ctx } from './sdk-app.js';

afterEach(cleanUp);

/** The planted trap: a window of tasks, the finished one replaced, the others listed again. */
const slidingWindow = {
  *window(context: Ctx) {
    const results: unknown[] = [];
    let next = 0;
    const fresh = (): ReturnType<Ctx['df']['callActivity']> => context.df.callActivity('work', next++);
    let window = [fresh(), fresh(), fresh()];
    while (window.length > 0) {
      const winner = (yield context.df.Task.any(window)) as (typeof window)[number];
      results.push(winner.result);
      window = window.filter((one) => one !== winner);
      if (next < 6) {
        window.push(fresh());
      }
    }
    return results;
  },
};

describe('strict mode', () => {
  it('fails an orchestrator that slides a window of started tasks through Task.any', async () => {
    const app = sdkApp({ orchestrators: slidingWindow, activities: { work: (n) => n as number } });
    const rig = await openRig({ invoker: app, strict: true });
    const status = await rig.finished(await rig.startNew('window'));
    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toMatch(
      /Strict mode: 'work', started by yield 1 and still running, is listed again by yield 2/,
    );
    expect(app.calls.filter((call) => call === 'activity work').length).toBeLessThanOrEqual(3);
  });

  it('runs activities more than once for that orchestrator without strict mode, as Azure does', async () => {
    const app = sdkApp({ orchestrators: slidingWindow, activities: { work: (n) => n as number } });
    const rig = await openRig({ invoker: app });
    await rig.startNew('window', 'w');
    await rig.until(() => app.calls.filter((call) => call === 'activity work').length > 6);
    expect((await rig.status('w')).instanceId).toBe('w');
  });

  it('fails an orchestrator that lists a running child again in Task.all', async () => {
    const app = sdkApp({
      orchestrators: {
        *again(context: Ctx) {
          const slow = context.df.waitForExternalEvent('never');
          const child = context.df.callSubOrchestrator('idle', null, 'kid');
          yield context.df.Task.any([child, context.df.callActivity('work', 1)]);
          yield context.df.Task.all([child, slow]);
        },
        *idle(context: Ctx) {
          yield context.df.waitForExternalEvent('never');
        },
      },
      activities: { work: (n) => n as number },
    });
    const rig = await openRig({ invoker: app, strict: true });
    const status = await rig.finished(await rig.startNew('again'));
    expect(status.output).toMatch(/Strict mode: 'idle', started by yield 1/);
  });

  it('lets fresh event-or-timer races, equal fresh tasks and a later yield of a started task pass', async () => {
    const app = sdkApp({
      orchestrators: {
        *fine(context: Ctx) {
          const soon = (): Date => new Date(context.df.currentUtcDateTime.getTime() + 1);
          yield context.df.Task.any([
            context.df.waitForExternalEvent('never'),
            context.df.createTimer(soon()),
          ]);
          yield context.df.Task.any([
            context.df.waitForExternalEvent('never'),
            context.df.createTimer(soon()),
          ]);
          yield context.df.Task.all([context.df.callActivity('work', 1), context.df.callActivity('work', 1)]);
          yield context.df.Task.all([context.df.callActivity('work', 1), context.df.callActivity('work', 1)]);
          const first = context.df.callActivity('work', 5);
          const second = context.df.callActivity('work', 6);
          yield context.df.Task.any([first, second]);
          return [(yield first) as number, (yield second) as number];
        },
      },
      activities: { work: (n) => n as number },
    });
    const rig = await openRig({ invoker: app, strict: true });
    const status = await rig.finished(await rig.startNew('fine'));
    expect(status).toMatchObject({ runtimeStatus: 'Completed', output: [5, 6] });
  });

  it('fails an orchestrator whose replay disagrees with its history, strict or not', async () => {
    let invocation = 0;
    const app = sdkApp({
      orchestrators: {
        *changes(context: Ctx) {
          invocation += 1;
          yield context.df.callActivity(invocation === 1 ? 'work' : 'other', 1);
        },
      },
      activities: { work: (n) => n as number, other: (n) => n as number },
    });
    const rig = await openRig({ invoker: app });
    const status = await rig.finished(await rig.startNew('changes'));
    expect(status.output).toMatch(
      /Non-Deterministic workflow detected: task 0 is activity 'work' in the history, but replaying the orchestrator schedules activity 'other'/,
    );
  });

  it('refuses unknown functions, entities and a child with the id of its parent', async () => {
    const app = sdkApp({
      orchestrators: {
        *missing(context: Ctx) {
          yield context.df.callActivity('nowhere');
        },
        *http(context: Ctx) {
          yield context.df.callHttp({ method: 'GET', url: 'http://127.0.0.1/', enablePolling: false });
        },
        *self(context: Ctx) {
          yield context.df.callSubOrchestrator('self', null, context.df.instanceId);
        },
      },
    });
    const rig = await openRig({ invoker: app });
    const outputOf = async (name: string): Promise<unknown> =>
      (await rig.finished(await rig.startNew(name))).output;
    expect(await outputOf('missing')).toMatch(/The function 'nowhere' doesn't exist/);
    expect(await outputOf('http')).toMatch(/does not support callHttp/);
    expect(await outputOf('self')).toMatch(/must be different than the instance ID of a parent/);
  });
});
