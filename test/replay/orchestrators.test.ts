import { afterEach, describe, expect, it } from 'vitest';
import type { OrchestrationContext, Task } from 'durable-functions';
import { createClose } from '../../src/activities/close.js';
import { createGate } from '../../src/activities/gate.js';
import { createPrepare } from '../../src/activities/prepare.js';
import { createSlice } from '../../src/activities/slice.js';
import type { GateInput, GateResult, SliceInput, SliceResult } from '../../src/activities/contracts.js';
import type { FinishedGeneration } from '../../src/localhost/durable/engine-options.js';
import { type HistoryPrefix, payloadOf, prefixes } from '../../src/localhost/durable/history-prefix.js';
import { describeDecision } from '../../src/localhost/durable/decision.js';
import { HistoryEventType } from '../../src/localhost/durable/protocol.js';
import { readOrchestratorAnswer } from '../../src/localhost/durable/orchestrator-result.js';
import { replay } from '../../src/localhost/durable/replayer.js';
import { copyJob } from '../../src/orchestrators/copy-job.js';
import { idleDelayMs, lane } from '../../src/orchestrators/lane.js';
import { refusal } from '../support/memory-faults.js';
import { createMemoryJob, type MemoryJob } from '../support/memory-job.js';
import { type Rig, cleanUp, openRig } from '../unit/localhost/durable/engine-rig.js';
import { type SdkApp, sdkApp } from '../unit/localhost/durable/sdk-app.js';

afterEach(cleanUp);

interface Recorded {
  readonly app: SdkApp;
  readonly rig: Rig;
  readonly generations: readonly FinishedGeneration[];
}

/** Runs the real orchestrators on the engine, over real activities or stand-ins, and records every generation. */
async function record(
  job: MemoryJob,
  slice: (input: SliceInput) => Promise<SliceResult> = createSlice(job.services),
  gate: (input: GateInput) => Promise<GateResult> = createGate(job.services),
): Promise<Recorded> {
  const { services } = job;
  const activities = { prepare: createPrepare(services), gate, slice, close: createClose(services) };
  const app = sdkApp({ orchestrators: { copyJob, lane }, activities });
  const generations: FinishedGeneration[] = [];
  const rig = await openRig({
    invoker: app,
    strict: true,
    onGeneration: (generation) => generations.push(generation),
  });
  const id = await rig.startNew('copyJob', `${job.id}.r1`, { job: job.id, run: 1 });
  const status = await rig.finished(id);
  expect(status.runtimeStatus).toBe('Completed');
  return { app, rig, generations };
}

/** What an orchestrator decides at a prefix, as the engine would record it. */
async function decisionsAt(
  app: SdkApp,
  { name, instanceId, parentInstanceId }: FinishedGeneration,
  prefix: HistoryPrefix,
) {
  const answer = readOrchestratorAnswer(
    await app.invoke('orchestrator', name, payloadOf(prefix), instanceId),
  );
  if (!answer.ok) throw new Error(answer.reason);
  const outcome = replay(answer.state.actions.flat(), prefix.rows, { instanceId, parentInstanceId });
  expect(outcome.nonDeterminism).toBeUndefined();
  expect(outcome.relisted).toBeUndefined();
  return outcome.decisions.map((decision) => `${String(decision.id)} ${describeDecision(decision)}`);
}

/** Timers of all orchestrations of a run. */
function timersOf({ generations }: Recorded): number {
  const rows = generations.flatMap(({ history }) => history);
  return rows.filter((row) => row.EventType === HistoryEventType.TimerFired).length;
}

async function expectSameDecisions({ app, generations }: Recorded): Promise<number> {
  let checked = 0;
  for (const generation of generations) {
    for (const prefix of prefixes(generation.history)) {
      expect(await decisionsAt(app, generation, prefix)).toEqual(prefix.scheduled);
      checked += 1;
    }
  }
  return checked;
}

describe('the orchestrators', () => {
  it('decide the same at every prefix of the history of a whole job', async () => {
    const job = await createMemoryJob({ mirror: { maxDeletes: 10, maxDeletePercent: 100 } });
    for (let index = 0; index < 5200; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`);
    job.cloud.account('target').put('copy', 'extra', { lastModified: '2020-01-01T00:00:00Z' });
    const recorded = await record(job);
    expect(job.board().totals).toMatchObject({ copied: 5200, deleted: 1 });
    // Two segments for two lanes; the one segment of deletes is done by the phase's first slice.
    expect(recorded.generations.map(({ instanceId }) => instanceId.slice(job.id.length)).sort()).toEqual([
      '.r1',
      '.r1.copy.0',
      '.r1.copy.1',
    ]);
    expect(await expectSameDecisions(recorded)).toBeGreaterThan(12);
  });

  it('decide the same at every prefix of a small job, which has no lane', async () => {
    const job = await createMemoryJob();
    for (let index = 0; index < 20; index += 1) job.cloud.account('source').put('data', `k${String(index)}`);
    const recorded = await record(job);
    expect(job.board().totals).toMatchObject({ copied: 20 });
    expect(recorded.generations.map(({ name }) => name)).toEqual(['copyJob']);
    expect(timersOf(recorded)).toBe(0);
    await expectSameDecisions(recorded);
  });

  it('decide the same at every prefix of a run over three containers, each a lane that nobody waits for', async () => {
    const account = { account: 'source', container: '', prefix: '' };
    const job = await createMemoryJob({
      source: { kind: 'account', location: account },
      destination: { account: 'target', container: '', prefix: '' },
      createContainers: true,
    });
    for (const container of ['data', 'more', 'most']) {
      job.cloud.account('source').addContainer(container);
      for (let index = 0; index < 5; index += 1)
        job.cloud.account('source').put(container, `k${String(index)}`);
    }
    const work = createSlice(job.services);
    const asked: SliceInput[] = [];
    const recorded = await record(job, (input) => {
      asked.push(input);
      return work(input);
    });
    expect(job.board()).toMatchObject({ lanes: 32, totals: { copied: 15 } });
    expect(timersOf(recorded)).toBe(0);
    const first = asked.filter((input) => input.first).length;
    expect(first).toBe(3);
    expect(asked.length - first).toBeLessThanOrEqual(3);
    await expectSameDecisions(recorded);
  });

  it('decide the same at every prefix of a run whose first slice leaves work to more lanes than find any', async () => {
    const job = await createMemoryJob();
    const asked: SliceInput[] = [];
    const recorded = await record(job, (input) => {
      asked.push(input);
      return Promise.resolve(
        input.first === true ? { next: 'more', lanes: 9, awake: 8, ready: 8 } : { next: 'end', end: 'done' },
      );
    });
    expect(asked.filter(({ first }) => first).map(({ lane }) => lane)).toEqual([0]);
    expect(asked.filter(({ first }) => !first).map(({ lane, sharing }) => [lane, sharing])).toEqual(
      Array.from({ length: 9 }, (_, lane) => [lane, 9]),
    );
    expect(timersOf(recorded)).toBe(1); // the ninth rests
    await expectSameDecisions(recorded);
  });

  it.each<{ readonly what: string; readonly result: SliceResult; readonly slices: number }>([
    { what: 'one that is paused', result: { next: 'end', end: 'paused' }, slices: 1 },
    { what: 'one that waits for a scan', result: { next: 'idle' }, slices: 1 + 1 },
  ])('decide the same at every prefix of a run whose first slice is $what', async ({ result, slices }) => {
    const job = await createMemoryJob();
    const asked: SliceInput[] = [];
    const recorded = await record(job, (input) => {
      asked.push(input);
      return Promise.resolve(input.first === true ? result : { next: 'end', end: 'done' });
    });
    expect(asked).toHaveLength(slices);
    await expectSameDecisions(recorded);
  });

  it('decide the same at every prefix of a run that an older edition began, with all lanes at once', async () => {
    const job = await createMemoryJob();
    for (let index = 0; index < 5200; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`);
    const recorded = await record(job, undefined, () => Promise.resolve({ go: 'yes' }));
    expect(job.board().totals).toMatchObject({ copied: 5200 });
    expect(recorded.generations.length).toBeGreaterThan(32);
    expect(timersOf(recorded)).toBeGreaterThanOrEqual(31);
    expect(await expectSameDecisions(recorded)).toBeGreaterThan(100);
  });

  it('decide the same at every prefix of a lane that idles and goes on in new generations', async () => {
    const job = await createMemoryJob();
    job.cloud.account('source').put('data', 'one');
    let count = 0;
    const recorded = await record(job, () => {
      count += 1;
      // Twenty rounds of first slices, then the lane's.
      return Promise.resolve(count < 270 ? { next: 'more', ready: 0 } : { next: 'end', end: 'done' });
    });
    const lanes = recorded.generations.filter((generation) => generation.name === 'lane');
    expect(lanes).toHaveLength(3);
    for (const { history } of lanes) expect(history.length).toBeLessThan(1000);
    expect(await expectSameDecisions(recorded)).toBeGreaterThan(250);
  });

  it('decide the same at every prefix of a run that waits for a role, and goes on when it is there', async () => {
    const job = await createMemoryJob();
    job.cloud.account('source').put('data', 'one');
    // Two listings a look: with tags, then without.
    const error = refusal('source-role-missing', 403, 'AuthorizationPermissionMismatch');
    job.cloud.fault({ on: 'list', account: 'source', error, times: 6 });
    const recorded = await record({ ...job, services: { ...job.services, propagationMs: 200 } });
    const run = recorded.generations.find(({ name }) => name === 'copyJob');
    expect(run?.history.filter((row) => row.EventType === HistoryEventType.TimerFired)).toHaveLength(3);
    expect(job.board()).toMatchObject({ status: 'Completed', totals: { copied: 1 } });
    expect(job.board().reason).toBeUndefined();
    await expectSameDecisions(recorded);
  });

  it('give up a role that does not come after 20 waits', async () => {
    const job = await createMemoryJob();
    const error = refusal('destination-role-missing', 403, 'AuthorizationPermissionMismatch');
    job.cloud.fault({ on: 'list', account: 'target', error, times: 1000 });
    const recorded = await record({ ...job, services: { ...job.services, propagationMs: 200 } });
    const run = recorded.generations.find(({ name }) => name === 'copyJob');
    expect(run?.history.filter((row) => row.EventType === HistoryEventType.TimerFired)).toHaveLength(20);
    expect(job.board()).toMatchObject({ status: 'Failed', reason: { code: 'destination-role-missing' } });
    await expectSameDecisions(recorded);
  });

  it('rest longer with every idle slice, up to a minute', () => {
    const rests = [1, 2, 3, 4, 5, 6, 20].map((idle) => idleDelayMs(0, idle));
    expect(rests).toEqual([2500, 5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect([7, 8, 16, 24, 95].map((lane) => idleDelayMs(lane, 1))).toEqual([2500, 5000, 7500, 7500, 7500]);
  });

  it('a sliding window over started tasks is caught', async () => {
    const slidingWindow = function* (context: OrchestrationContext): Generator<Task, unknown, unknown> {
      const open = [0, 1, 2].map((n) => context.df.callActivity('noop', n));
      for (let n = 3; n < 8; n += 1) {
        const winner = yield context.df.Task.any(open);
        open.splice(open.indexOf(winner as Task), 1, context.df.callActivity('noop', n));
      }
      return 'done';
    };
    const app = sdkApp({ orchestrators: { slidingWindow }, activities: { noop: (n: unknown) => n } });
    const rig = await openRig({ invoker: app, strict: true });
    const status = await rig.finished(await rig.startNew('slidingWindow', 'window'));
    expect(status.runtimeStatus).toBe('Failed');
    expect(JSON.stringify(status.output)).toMatch(/listed again|relisted|started/i);
  });
});
