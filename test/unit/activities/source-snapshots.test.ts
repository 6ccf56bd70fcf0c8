import { describe, expect, it } from 'vitest';
import { createPrepare } from '../../../src/activities/prepare.js';
import { releaseOver } from '../../../src/activities/release-job.js';
import { claimDestination } from '../../../src/record/active.js';
import type { Board } from '../../../src/record/board.js';
import { readPairs } from '../../../src/record/pairs.js';
import { stateNames } from '../../../src/record/refs.js';
import { createMemoryJob } from '../../support/memory-job.js';
import { createMemoryCloud } from '../../support/memory-store.js';
import { networkError, refusal } from '../../support/memory-faults.js';
import { wallClock } from '../../../src/runtime/clock.js';

const snapshot = { consistency: 'snapshot' } as const;
const cancelled = (board: Board): Board => ({ ...board, status: 'Cancelled', desired: 'cancel' });

/** A job over a source of two objects. */
async function bench(spec: Parameters<typeof createMemoryJob>[0] = snapshot) {
  const cloud = createMemoryCloud({ clock: wallClock });
  const source = cloud.account('source');
  source.put('data', 'a', { content: 'a v1' });
  source.put('data', 'b', { content: 'b v1' });
  const job = await createMemoryJob(spec, { cloud });
  const { state, services, id } = job;
  await claimDestination(state, {
    job: id,
    destination: { account: 'target', container: 'copy', prefix: '' },
    nowMs: wallClock.now(),
  });
  const marks = (): readonly string[] => state.names(stateNames.active);
  const release = () => releaseOver(services, state, id);
  return { ...job, source, marks, release };
}

describe('a job that reads from a snapshot', () => {
  it('copies what was there when it was taken, and leaves none', async () => {
    const { run, source, cloud, marks } = await bench();
    let isChanged = false;
    const status = await run({
      deliver: (_, slice) => {
        if (!isChanged) source.put('data', 'a', { content: 'a v2' });
        isChanged = true;
        expect(source.snapshots.all).toHaveLength(1);
        return slice();
      },
    });
    expect(status).toBe('Completed');
    expect(cloud.account('target').object('copy', 'a')?.content).toMatchObject([{ of: 'a v1' }]);
    expect(source.snapshots.all).toEqual([]);
    expect(marks()).toEqual([]);
  });

  it('finds the snapshot of a try that died before it could tell of it', async () => {
    const { cloud, run, source, id } = await bench();
    const store = cloud.open('source', 'source');
    const time = await store.createSnapshot('data', id, new AbortController().signal);
    await run({
      deliver: (_, slice) => {
        expect(source.snapshots.all.map((taken) => taken.time)).toEqual([time]);
        return slice();
      },
    });
    expect(cloud.count('createSnapshot')).toBe(1);
    expect(source.snapshots.all).toEqual([]);
  });

  it('reads from one when two tries took two, deletes the other at once, and leaves neither', async () => {
    const { services, state, id, source, run, cloud } = await bench();
    const prepare = createPrepare(services);
    await Promise.all([prepare({ job: id, run: 1 }), prepare({ job: id, run: 1 })]);
    expect(cloud.count('createSnapshot')).toBe(2);
    const left = source.snapshots.all.map(({ time }) => time);
    expect(left).toEqual([(await readPairs(state, id))?.snapshots?.['data']]);
    expect(await run()).toBe('Completed');
    expect(cloud.count('copyFrom')).toBe(2);
    expect(source.snapshots.all).toEqual([]);
  });

  it('deletes the snapshot that a slow try takes after the end of the job', async () => {
    const { services, id, source, changeBoard, cloud } = await bench();
    cloud.fault({ on: 'createSnapshot', before: () => void changeBoard(cancelled) });
    const prepared = await createPrepare(services)({ job: id, run: 1 });
    expect(prepared.ok).toBe(false);
    expect([cloud.count('createSnapshot'), cloud.count('deleteSnapshot')]).toEqual([1, 1]);
    expect(source.snapshots.all).toEqual([]);
  });

  it('leaves what cannot be deleted of it to the next job, and says so', async () => {
    const { services, id, source, changeBoard, cloud } = await bench();
    const logged: string[] = [];
    Object.assign(services, { log: (event: string) => logged.push(event) });
    cloud.fault({ on: 'createSnapshot', before: () => void changeBoard(cancelled) });
    cloud.fault({ on: 'deleteSnapshot', error: refusal('source-role-missing', 403, 'AuthorizationFailure') });
    await createPrepare(services)({ job: id, run: 1 });
    expect(source.snapshots.all).toHaveLength(1);
    expect(logged).toContain('snapshot-left');
  });

  it('keeps its mark while the snapshot cannot be deleted, so that the timer comes back to it', async () => {
    const { run, source, marks, release, cloud } = await bench();
    cloud.fault({ on: 'deleteSnapshot', times: 1, error: networkError() });
    const { permissions } = source;
    const status = await run({
      deliver: async (_, slice) => {
        const result = await slice();
        if (result.next === 'end') permissions.read = false;
        return result;
      },
    });
    expect(status).toBe('Completed');
    expect(source.snapshots.all).toHaveLength(1);
    expect(marks()).toHaveLength(1);
    permissions.read = true;
    await release();
    await release();
    expect(source.snapshots.all).toEqual([]);
    expect(marks()).toEqual([]);
  });

  it('deletes what a job that is over has left in the share, and nothing of others', async () => {
    const before = await bench();
    expect(await before.run()).toBe('Completed');
    const { cloud, state, source } = before;
    const store = cloud.open('source', 'source');
    const { signal } = new AbortController();
    await store.createSnapshot('data', before.id, signal);
    await store.createSnapshot('data', 'jobofanotherplace', signal);
    const next = await createMemoryJob({ ...snapshot, overwrite: 'always' }, { cloud, state });
    expect(await next.run()).toBe('Completed');
    expect(source.snapshots.all.map(({ job }) => job)).toEqual(['jobofanotherplace']);
  });

  it('takes none in a dry run, and asks for none in any other job', async () => {
    for (const spec of [{ ...snapshot, dryRun: true }, {}]) {
      const { run, cloud } = await bench(spec);
      expect(await run()).toBe('Completed');
      expect(cloud.count('createSnapshot') + cloud.count('listSnapshots')).toBe(0);
    }
  });

  it('fails when the snapshot may not be taken', async () => {
    const { run, cloud, board } = await bench();
    cloud.fault({
      on: 'createSnapshot',
      times: 1,
      error: refusal('source-role-missing', 403, 'AuthorizationPermissionMismatch'),
    });
    expect(await run()).toBe('Failed');
    expect(board().reason?.code).toBe('source-role-missing');
  });
});
