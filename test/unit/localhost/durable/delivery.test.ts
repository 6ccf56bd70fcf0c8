import { afterEach, describe, expect, it } from 'vitest';

import type { Delivery, FinishedGeneration } from '../../../../src/localhost/durable/engine-options.js';
import { payloadAt, payloadOf, prefixes } from '../../../../src/localhost/durable/history-prefix.js';
import { describeDecision } from '../../../../src/localhost/durable/decision.js';
import { readOrchestratorAnswer } from '../../../../src/localhost/durable/orchestrator-result.js';
import { replay } from '../../../../src/localhost/durable/replayer.js';
import { cleanUp, openRig } from './engine-rig.js';
import { sdkApp } from './sdk-app.js';
import type { Ctx, SdkApp } from './sdk-app.js';

afterEach(cleanUp);

function sumApp(): SdkApp {
  return sdkApp({
    orchestrators: {
      *sums(context: Ctx) {
        const input = context.df.getInput<{ round: number; sum: number } | null>() ?? { round: 0, sum: 0 };
        let sum = input.sum;
        for (let n = 0; n < 5; n += 1) {
          sum += (yield context.df.callActivity('same', n)) as number;
        }
        yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1));
        const more = (yield context.df.Task.all(
          [1, 2, 3].map((n) => context.df.callActivity('same', n)),
        )) as number[];
        sum += more.reduce((total, one) => total + one, 0);
        if (input.round < 2) {
          context.df.continueAsNew({ round: input.round + 1, sum });
          return;
        }
        return sum;
      },
    },
    activities: { same: (value) => value as number },
  });
}

const total = 3 * 16;

describe('delivery of activities', () => {
  it.each<[string, Delivery]>([
    ['twice at once', 'twice'],
    ['once more later, also into a later generation', { lateMs: 3 }],
  ])('takes the first result when each is delivered %s', async (_what, delivery) => {
    const app = sumApp();
    const asked: string[] = [];
    const rig = await openRig({
      invoker: app,
      deliver: (name, instanceId, taskId) => {
        asked.push(`${instanceId} ${name} ${String(taskId)}`);
        return delivery;
      },
    });
    await rig.startNew('sums', 's');
    expect((await rig.finished('s')).output).toBe(total);
    expect(asked).toHaveLength(24);
    expect(asked[0]).toBe('s same 0');
    await rig.until(() => app.calls.filter((call) => call === 'activity same').length === 48);
    await rig.until(() => rig.events.filter((event) => event.type === 'duplicateDropped').length === 24);
    expect((await rig.status('s')).output).toBe(total);
  });
});

describe('history prefixes', () => {
  it('let a test replay an orchestrator at every episode and find the decisions that were recorded', async () => {
    const app = sumApp();
    const generations: FinishedGeneration[] = [];
    const rig = await openRig({ invoker: app, onGeneration: (generation) => generations.push(generation) });
    await rig.startNew('sums', 's');
    await rig.finished('s');
    expect(generations.map((one) => [one.name, one.generation])).toEqual([
      ['sums', 0],
      ['sums', 1],
      ['sums', 2],
    ]);
    expect(generations.map((one) => one.history.length)).toEqual(rig.engine.inspect('s')?.rowsPerGeneration);
    for (const { history, instanceId, parentInstanceId } of generations) {
      const found = prefixes(history);
      expect(found.length).toBeGreaterThanOrEqual(8);
      for (const prefix of found) {
        const answer = readOrchestratorAnswer(
          await app.invoke('orchestrator', 'sums', payloadOf(prefix), 's'),
        );
        if (!answer.ok) {
          throw new Error(answer.reason);
        }
        const outcome = replay(answer.state.actions[0] ?? [], prefix.rows, { instanceId, parentInstanceId });
        expect(outcome.decisions.map((one) => `${String(one.id)} ${describeDecision(one)}`)).toEqual(
          prefix.scheduled,
        );
      }
    }
    expect(prefixes(generations[2]?.history ?? []).at(-1)?.completed).toBe('Completed');
  });

  it('leave out episodes that only suspend, resume or terminate', async () => {
    const app = sdkApp({
      orchestrators: {
        *waits(context: Ctx) {
          yield context.df.waitForExternalEvent('go');
          yield context.df.waitForExternalEvent('never');
        },
      },
    });
    const rig = await openRig({ invoker: app });
    await rig.startNew('waits', 'w');
    const reaches = (status: string): Promise<void> =>
      rig.until(async () => (await rig.status('w')).runtimeStatus === status);
    await reaches('Running');
    await rig.call('POST', 'instances/w/suspend');
    await reaches('Suspended');
    await rig.call('POST', 'instances/w/resume');
    await reaches('Running');
    await rig.call('POST', 'instances/w/raiseEvent/go', 1);
    await rig.until(() => app.calls.length === 2);
    await rig.call('POST', 'instances/w/terminate');
    await reaches('Terminated');
    const history = rig.engine.inspect('w')?.history ?? [];
    expect(history.filter((row) => row.EventType === 12)).toHaveLength(5);
    expect(prefixes(history).map((prefix) => prefix.rows.at(-1)?.EventType)).toEqual([0, 15]);
  });

  it('give the payload of one episode, with what was played marked', async () => {
    const rig = await openRig({ invoker: sumApp() });
    await rig.startNew('sums', 's', { round: 2, sum: 0 });
    await rig.finished('s');
    const history = rig.engine.inspect('s')?.history ?? [];
    const second = JSON.parse(payloadAt(history, 1) ?? 'null') as {
      readonly history: readonly { readonly EventType: number; readonly IsPlayed: boolean }[];
    };
    expect(second).toMatchObject({
      instanceId: 's',
      parentInstanceId: null,
      isReplaying: true,
      input: { round: 2 },
    });
    expect(second.history.map((row) => [row.EventType, row.IsPlayed])).toEqual([
      [12, true],
      [0, true],
      [4, true],
      [13, true],
      [12, false],
      [5, false],
    ]);
    expect(payloadAt(history, 99)).toBeUndefined();
  });
});

describe('memory', () => {
  it('drops the histories of old finished instances but not their status', async () => {
    const rig = await openRig({ invoker: sumApp(), keptHistories: { instances: 2 } });
    for (const id of ['a', 'b', 'c']) {
      await rig.startNew('sums', id, { round: 2, sum: 0 });
      await rig.finished(id);
    }
    const rows = ['a', 'b', 'c'].map((id) => rig.engine.inspect(id)?.history.length ?? -1);
    expect(rows[0]).toBe(0);
    expect(rows.slice(1).every((count) => count > 30)).toBe(true);
    expect(rig.engine.inspect('a')?.rowsPerGeneration[0]).toBeGreaterThan(30);
    expect(await rig.status('a')).toMatchObject({ runtimeStatus: 'Completed', output: 16 });
  });

  it('drops them by their rows, but never the newest', async () => {
    const rig = await openRig({ invoker: sumApp(), keptHistories: { rows: 1 } });
    for (const id of ['a', 'b']) {
      await rig.startNew('sums', id, { round: 2, sum: 0 });
      await rig.finished(id);
    }
    expect(rig.engine.inspect('a')?.history).toEqual([]);
    expect(rig.engine.inspect('b')?.history.length).toBeGreaterThan(30);
  });
});

describe('speed', () => {
  it('fans out to 1,000 activities in under two seconds, every commit on the disk', async () => {
    const app = sdkApp({
      orchestrators: {
        *wide(context: Ctx) {
          const tasks = Array.from({ length: 1000 }, (_, n) => context.df.callActivity('turn', n));
          return ((yield context.df.Task.all(tasks)) as number[]).length;
        },
      },
      activities: { turn: (n) => new Promise<number>((resolve) => setImmediate(resolve, n as number)) },
    });
    const rig = await openRig({ invoker: app });
    const started = performance.now();
    await rig.startNew('wide', 'w');
    await rig.until(() => rig.events.some((event) => event.type === 'finished'));
    expect((await rig.status('w')).output).toBe(1000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
