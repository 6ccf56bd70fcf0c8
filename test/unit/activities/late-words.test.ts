import { describe, expect, it } from 'vitest';
import { createClose } from '../../../src/activities/close.js';
import { createGate } from '../../../src/activities/gate.js';
import { createPrepare } from '../../../src/activities/prepare.js';
import { listSegments } from '../../../src/record/segments.js';
import { stateNames } from '../../../src/record/refs.js';
import type { Board } from '../../../src/record/board.js';
import { sealRecord } from '../../../src/record/seal.js';
import { wallClock } from '../../../src/runtime/clock.js';
import { collect } from '../../support/collect.js';
import { createMemoryJob, type MemoryJob } from '../../support/memory-job.js';
import { networkError } from '../../support/memory-faults.js';
import { createMemoryCloud } from '../../support/memory-store.js';

function fill(job: MemoryJob, count: number): void {
  for (let index = 0; index < count; index += 1) {
    job.cloud.account('source').put('data', `k${String(index)}`, { sizeBytes: 10 });
  }
}

/** Changes the board right before the activity's next write of it. */
function beforeNextBoardWrite(job: MemoryJob, change: (board: Board) => Board): void {
  let done = false;
  job.state.onCall = async (call, name) => {
    if (done || call !== 'put' || name !== stateNames.board(job.id)) return;
    done = true;
    await job.changeBoard(change);
  };
}

describe('what is asked for at the last moment', () => {
  it.each(['paused', 'awaiting-approval'] as const)(
    'a cancel ends a job whose run is just ending as %s',
    async (end) => {
      const job = await createMemoryJob();
      await createPrepare(job.services)({ job: job.id, run: 1 });
      beforeNextBoardWrite(job, (board) => ({ ...board, desired: 'cancel' }));
      const { status } = await createClose(job.services)({ job: job.id, run: 1, end });
      expect(status).toBe('Cancelled');
      expect(job.board()).toMatchObject({ status: 'Cancelled', reason: { code: 'cancelled' } });
    },
  );

  it('a pause before a plan is to be approved is a pause, and not a wait for a plan without a hash', async () => {
    const job = await createMemoryJob({ approve: true });
    fill(job, 3);
    await createPrepare(job.services)({ job: job.id, run: 1 });
    await job.changeBoard((board) => ({
      ...board,
      groups: [{ listed: true, written: 0, copy: [], large: [], remove: [] }],
    }));
    beforeNextBoardWrite(job, (board) => ({ ...board, desired: 'pause' }));
    const gate = await createGate(job.services)({ job: job.id, run: 1, phase: 'copy' });
    expect(gate).toEqual({ go: 'no', end: 'paused' });
  });
});

describe('a run whose lanes have ended too early', () => {
  it('is followed by the next, which finishes the job', async () => {
    const job = await createMemoryJob();
    fill(job, 5);
    const early = await job.run({ deliver: () => Promise.resolve({ next: 'end', end: 'done' }) });
    expect(early).toBe('Queued');
    expect(job.board().run).toBe(2);
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 5, copied: 5 });
  });

  it('does not ask for the approval of a plan that is not complete', async () => {
    const job = await createMemoryJob({ approve: true });
    fill(job, 5);
    expect(await job.run({ deliver: () => Promise.resolve({ next: 'end', end: 'done' }) })).toBe('Queued');
    expect(await job.run()).toBe('AwaitingApproval');
    expect(job.board().planHash).toBeDefined();
  });

  it('does not give up the deletes of a mirror while a copy is in hand', async () => {
    const job = await createMemoryJob({ mirror: { maxDeletes: 10, maxDeletePercent: 100 } });
    fill(job, 5);
    const old = '2020-01-01T00:00:00.000Z';
    job.cloud.account('target').put('copy', 'extra', { lastModified: old });
    const early = await job.run({
      deliver: (input, slice) =>
        input.phase === 'copy' ? Promise.resolve({ next: 'end', end: 'done' }) : slice(),
    });
    expect(early).toBe('Queued');
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ copied: 5, deleted: 1, notAttempted: 0 });
  });
});

describe('a slice that goes on after its job was cancelled', () => {
  it('changes neither the counts nor the segments', async () => {
    const job = await createMemoryJob({}, { sliceMs: 60_000 });
    fill(job, 40);
    let held: (() => void) | undefined;
    const copying = new Promise<void>((resolve) => {
      job.cloud.fault({ on: 'copyFrom', skip: 20, times: 1, before: resolve });
    });
    job.state.onCall = (call, name) => {
      if (call !== 'put' || !name.includes('/outcomes/') || held !== undefined) return undefined;
      return new Promise((resolve) => {
        held = () => {
          resolve();
        };
      });
    };
    const late = job.run();
    await copying;
    await job.changeBoard((board) => ({ ...board, desired: 'cancel' }));
    await expect.poll(() => held !== undefined).toBe(true);
    const { status } = await createClose(job.services)({ job: job.id, run: 1, end: 'cancelled' });
    expect(status).toBe('Cancelled');
    const { totals } = job.board();
    held?.();
    await late;
    expect(job.board().totals).toEqual(totals);
    const outcomes = await job.outcomes();
    expect(outcomes).toHaveLength(totals.copied);
    expect(totals.planned).toBe(40);
    expect(totals.copied + totals.notAttempted).toBe(40);
  });

  it('finds the place of its next segment taken', async () => {
    const job = await createMemoryJob();
    fill(job, 3);
    await createPrepare(job.services)({ job: job.id, run: 1 });
    await job.changeBoard((board) => ({ ...board, desired: 'cancel' }));
    await createClose(job.services)({ job: job.id, run: 1, end: 'cancelled' });
    const segments = await collect(listSegments(job.state, job.id));
    expect(segments).toMatchObject([{ ref: { group: 0, index: 0 }, summary: { copies: 0, skips: 0 } }]);
  });

  it('does not take the end of the job for the end of the listing', async () => {
    const job = await createMemoryJob();
    fill(job, 3);
    const status = await job.run({
      deliver: async (_, slice) => {
        await sealRecord(job.state, job.board());
        const result = await slice();
        await job.changeBoard((board) => ({ ...board, desired: 'cancel' }));
        return result;
      },
    });
    expect([status, job.board().groups[0]?.listed]).toEqual(['Cancelled', false]);
  });

  it.each([
    ['a share', { service: 'files' }, true],
    ['a container', {}, false],
  ] as const)('nobody looks again at what came from %s: %j, warned of: %s', async (_, service, isTold) => {
    const cloud = createMemoryCloud({ clock: wallClock });
    cloud.account('source', service);
    const location = { account: 'source', container: 'data', prefix: '', ...service };
    const job = await createMemoryJob(
      { source: { kind: 'prefix', location, base: '', recursive: true } },
      { cloud },
    );
    fill(job, 3);
    await createPrepare(job.services)({ job: job.id, run: 1 });
    const unit = { kind: 'copy', group: 0, index: 0 } as const;
    const holdings = { '0': { seq: 1, unit, again: false, since: '2026-01-01T00:00:00.000Z' } };
    await job.changeBoard((board) => ({ ...board, desired: 'cancel', holdings }));
    await createClose(job.services)({ job: job.id, run: 1, end: 'cancelled' });
    expect(job.board().warnings.some((text) => text.includes('looked again at the files'))).toBe(isTold);
  });
});

describe('trouble with the state container', () => {
  it('is no reason for a job to fail before it begins', async () => {
    const job = await createMemoryJob();
    fill(job, 3);
    job.state.onCall = (call, name) => {
      if (call === 'put' && name === stateNames.pairs(job.id)) throw networkError();
    };
    await expect(createPrepare(job.services)({ job: job.id, run: 1 })).rejects.toThrow('connection reset');
    expect(job.board().status).toBe('Queued');
    job.state.onCall = undefined;
    expect(await job.run()).toBe('Completed');
  });

  it('is not told of a large object as its failure', async () => {
    const job = await createMemoryJob();
    job.cloud.account('source').put('data', 'large', { sizeBytes: 2 * 2 ** 30, content: 'large' });
    let failures = 0;
    job.state.onCall = (call, name) => {
      if (call !== 'put' || !name.includes('-large') || failures > 0) return;
      failures += 1;
      throw networkError();
    };
    expect(await job.run()).toBe('Completed');
    expect(failures).toBe(1);
    expect(job.board().totals).toMatchObject({ planned: 1, copied: 1, failed: 0 });
  });
});
