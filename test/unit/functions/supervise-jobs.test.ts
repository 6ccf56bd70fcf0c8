import type { DurableClient } from 'durable-functions';
import { describe, expect, it } from 'vitest';
import { createStartRun, lookAtRun } from '../../../src/functions/start-run.js';
import { type RunState, superviseJobs } from '../../../src/functions/supervise-jobs.js';
import { claimDestination, releaseDestination } from '../../../src/record/active.js';
import { type Board, newBoard } from '../../../src/record/board.js';
import { stateNames } from '../../../src/record/refs.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { createStepClock } from '../../support/step-clock.js';

const destination = { account: 'target', container: 'copy', prefix: '' };

/** One job with a board, a clock, and what the hub knows of its run. */
async function bench(board: Partial<Board>, found: RunState) {
  const clock = createStepClock();
  const state = createMemoryStateStore(clock);
  const job = 'jobone00';
  await claimDestination(state, { job, destination, nowMs: clock.now() });
  await state.put(stateNames.board(job), JSON.stringify({ ...newBoard(job), run: 1, ...board }));
  const started: string[] = [];
  const logged: string[] = [];
  const supervise = () =>
    superviseJobs({
      deadAfterMs: 60_000,
      state,
      clock,
      startRun: (id, run) => Promise.resolve(void started.push(`${id}.r${String(run)}`)),
      lookAt: () => Promise.resolve(found),
      release: (id) => releaseDestination(state, id),
      log: (event) => logged.push(event),
    });
  const present = (): Board => JSON.parse(state.text(stateNames.board(job)) ?? '') as Board;
  return { clock, state, started, logged, supervise, present, job };
}

describe('superviseJobs', () => {
  it('starts a run that was recorded and never started', async () => {
    const { supervise, started } = await bench({ status: 'Queued' }, 'unknown');
    await supervise();
    expect(started).toEqual(['jobone00.r1']);
  });

  it('gives a successor to a run that died before it could begin', async () => {
    const { supervise, started, present } = await bench({ status: 'Queued' }, 'ended');
    await supervise();
    expect(started).toEqual(['jobone00.r2']);
    expect(present()).toMatchObject({ run: 2, status: 'Queued' });
  });

  it('gives a dead run a successor, once', async () => {
    const { supervise, started, present, clock } = await bench(
      { status: 'Running', beatAt: '2025-12-31T00:00:00Z' },
      'unknown',
    );
    await Promise.all([supervise(), supervise()]);
    expect(present()).toMatchObject({ run: 2, status: 'Queued' });
    expect(new Set(started)).toEqual(new Set(['jobone00.r2']));
    clock.advance(1000);
  });

  it.each<[string, Partial<Board>, RunState]>([
    ['that beats', { status: 'Running', beatAt: '2026-01-01T00:00:00Z' }, 'ended'],
    ['whose instance lives', { status: 'Running', beatAt: '2025-12-31T00:00:00Z' }, 'alive'],
    ['that is paused', { status: 'Paused' }, 'ended'],
    ['that waits for approval', { status: 'AwaitingApproval' }, 'ended'],
    ['that is about to begin', { status: 'Queued' }, 'alive'],
  ])('leaves a run alone %s', async (_, board, found) => {
    const { supervise, started, present } = await bench(board, found);
    await supervise();
    expect(started).toEqual([]);
    expect(present().run).toBe(1);
  });

  it('removes the mark of a job that is over', async () => {
    const { supervise, state } = await bench({ status: 'Completed' }, 'unknown');
    await supervise();
    expect(state.names(stateNames.active)).toEqual([]);
  });

  it('looks after the other jobs when one cannot be read', async () => {
    const { supervise, state, clock, started, logged } = await bench({ status: 'Queued' }, 'unknown');
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
    const found = await Promise.all([1, 2, 3].map((run) => lookAtRun(client, 'job', run)));
    expect(found).toEqual(['ended', 'alive', 'unknown']);
  });

  it('takes a start that somebody else was quicker with for done', async () => {
    const { client } = hub({}, 'An Orchestration instance with the status Running already exists.');
    await expect(createStartRun(client)('job', 3)).resolves.toBeUndefined();
  });
});
