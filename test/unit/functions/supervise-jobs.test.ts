import type { DurableClient } from 'durable-functions';
import { describe, expect, it } from 'vitest';
import { createStartRun, runIsAlive } from '../../../src/functions/start-run.js';
import { superviseJobs } from '../../../src/functions/supervise-jobs.js';
import { claimDestination } from '../../../src/record/active.js';
import { type Board, newBoard } from '../../../src/record/board.js';
import { stateNames } from '../../../src/record/refs.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { createStepClock } from '../../support/step-clock.js';

const destination = { account: 'target', container: 'copy', prefix: '' };

/** One job with a board, a clock, and a hub whose instances live or do not. */
async function bench(board: Partial<Board>, alive: boolean) {
  const clock = createStepClock();
  const state = createMemoryStateStore(clock);
  const job = 'jobone00';
  await claimDestination(state, { job, destination, nowMs: clock.now() });
  await state.put(stateNames.board(job), JSON.stringify({ ...newBoard(job), run: 1, ...board }));
  const started: string[] = [];
  const logged: string[] = [];
  const supervise = () =>
    superviseJobs({
      state,
      clock,
      startRun: (id, run) => Promise.resolve(void started.push(`${id}.r${String(run)}`)),
      isAlive: () => Promise.resolve(alive),
      log: (event) => logged.push(event),
    });
  const present = (): Board => JSON.parse(state.text(stateNames.board(job)) ?? '') as Board;
  return { clock, state, started, logged, supervise, present, job };
}

describe('superviseJobs', () => {
  it('starts a run that was recorded and never started', async () => {
    const { supervise, started } = await bench({ status: 'Queued' }, false);
    await supervise();
    expect(started).toEqual(['jobone00.r1']);
  });

  it('gives a dead run a successor, once', async () => {
    const { supervise, started, present, clock } = await bench(
      { status: 'Running', beatAt: '2025-12-31T00:00:00Z' },
      false,
    );
    await Promise.all([supervise(), supervise()]);
    expect(present()).toMatchObject({ run: 2, status: 'Queued' });
    expect(new Set(started)).toEqual(new Set(['jobone00.r2']));
    clock.advance(1000);
  });

  it.each<[string, Partial<Board>, boolean]>([
    ['that beats', { status: 'Running', beatAt: '2026-01-01T00:00:00Z' }, false],
    ['whose instance lives', { status: 'Running', beatAt: '2025-12-31T00:00:00Z' }, true],
    ['that is paused', { status: 'Paused' }, false],
    ['that waits for approval', { status: 'AwaitingApproval' }, false],
  ])('leaves a run alone %s', async (_, board, alive) => {
    const { supervise, started, present } = await bench(board, alive);
    await supervise();
    expect(started).toEqual([]);
    expect(present().run).toBe(1);
  });

  it('removes the mark of a job that is over', async () => {
    const { supervise, state } = await bench({ status: 'Completed' }, false);
    await supervise();
    expect(state.names(stateNames.active)).toEqual([]);
  });

  it('looks after the other jobs when one cannot be read', async () => {
    const { supervise, state, clock, started, logged } = await bench({ status: 'Queued' }, false);
    const other = { account: 'target', container: 'else', prefix: '' };
    await claimDestination(state, { job: 'aaafirst', destination: other, nowMs: clock.now() });
    await state.put(stateNames.board('aaafirst'), 'no JSON');
    await supervise();
    expect(started).toEqual(['jobone00.r1']);
    expect(logged).toContain('supervise-failed');
  });
});

/** A hub that knows some instances; its client speaks as durable-functions 3.5.0 does. */
function hub(known: Record<string, string>, refuse?: string): { client: DurableClient; started: string[] } {
  const started: string[] = [];
  const client = {
    getStatus: (id: string) => {
      const runtimeStatus = known[id];
      if (runtimeStatus === undefined) {
        return Promise.reject(
          new Error('DurableClient error: Durable Functions extension replied with HTTP 404 response.'),
        );
      }
      return Promise.resolve({ runtimeStatus });
    },
    startNew: (_: string, { instanceId }: { instanceId: string }) => {
      if (refuse !== undefined) {
        known[instanceId] = 'Running';
        return Promise.reject(new Error(refuse));
      }
      started.push(instanceId);
      known[instanceId] = 'Pending';
      return Promise.resolve(instanceId);
    },
  };
  return { client: client as unknown as DurableClient, started };
}

describe('createStartRun', () => {
  it('starts an unknown run and leaves a known one alone, whatever its state', async () => {
    const { client, started } = hub({ 'job.r1': 'Completed' });
    await createStartRun(client)('job', 1);
    await createStartRun(client)('job', 2);
    await createStartRun(client)('job', 2);
    expect(started).toEqual(['job.r2']);
    expect([await runIsAlive(client, 'job', 1), await runIsAlive(client, 'job', 2)]).toEqual([false, true]);
  });

  it('takes a start that somebody else was quicker with for done', async () => {
    const { client } = hub({}, 'An Orchestration instance with the status Running already exists.');
    await expect(createStartRun(client)('job', 3)).resolves.toBeUndefined();
  });
});
