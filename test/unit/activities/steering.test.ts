import { describe, expect, it } from 'vitest';
import { createMemoryJob, type MemoryJob } from '../../support/memory-job.js';

const old = '2020-01-01T00:00:00.000Z';
const guard = { maxDeletes: 1000, maxDeletePercent: 25 };

function fill(job: MemoryJob, account: 'source' | 'target', names: readonly string[]): void {
  const container = account === 'source' ? 'data' : 'copy';
  for (const name of names) {
    job.cloud.account(account).put(container, name, { sizeBytes: 10, content: name, lastModified: old });
  }
}

function numbered(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `k${String(from + index).padStart(5, '0')}`);
}

describe('a dry run', () => {
  it('writes nothing at the destination and leaves every operation not attempted', async () => {
    const job = await createMemoryJob({ dryRun: true, mirror: guard });
    fill(job, 'source', numbered(50));
    fill(job, 'target', ['extra']);
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 51, notAttempted: 51, copied: 0, deleted: 0 });
    expect(job.cloud.account('target').keys('copy')).toEqual(['extra']);
    expect(job.board().planHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('plans for a missing destination container without making it', async () => {
    const job = await createMemoryJob({ dryRun: true, createContainers: true });
    job.cloud.account('target').removeContainer('copy');
    fill(job, 'source', numbered(3));
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals.planned).toBe(3);
    expect(job.cloud.count('createContainer')).toBe(0);
  });
});

describe('approval', () => {
  it('waits with the plan’s hash, refuses another one and goes on with the right one', async () => {
    const job = await createMemoryJob({ approve: true });
    fill(job, 'source', numbered(5));
    expect(await job.run()).toBe('AwaitingApproval');
    expect(job.cloud.count('copyFrom')).toBe(0);
    const { planHash } = job.board();
    expect(planHash).toBeDefined();
    await job.changeBoard((board) => ({ ...board, run: 2, status: 'Queued', approved: 'another' }));
    expect(await job.run()).toBe('AwaitingApproval');
    await job.changeBoard((board) => ({ ...board, run: 3, status: 'Queued', approved: planHash ?? '' }));
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals.copied).toBe(5);
  });
});

describe('a mirror', () => {
  it('deletes exactly the extras after all copies', async () => {
    const job = await createMemoryJob({ mirror: guard });
    fill(job, 'source', numbered(100));
    fill(job, 'target', [...numbered(40), 'x1', 'x2']);
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 102, copied: 60, skipped: 40, deleted: 2 });
    expect(job.cloud.account('target').keys('copy')).toEqual(numbered(100));
  });

  it('G2: waits for approval when the source listing is empty, and then deletes by that plan only', async () => {
    const job = await createMemoryJob({ mirror: guard });
    fill(job, 'target', numbered(30));
    expect(await job.run()).toBe('AwaitingApproval');
    expect(job.board().reason?.code).toBe('delete-guard-source-empty');
    expect(job.cloud.account('target').keys('copy')).toHaveLength(30);
    const planHash = job.board().planHash ?? '';
    await job.changeBoard((board) => ({ ...board, run: 2, status: 'Queued', approved: planHash }));
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ deleted: 30, notAttempted: 0 });
  });

  it('deletes nothing when a copy failed', async () => {
    const job = await createMemoryJob({ mirror: guard });
    fill(job, 'source', numbered(10));
    fill(job, 'target', ['extra']);
    job.cloud.account('source').put('data', 'page', { blobType: 'PageBlob', lastModified: old });
    expect(await job.run()).toBe('CompletedWithErrors');
    expect(job.board().totals).toMatchObject({ copied: 10, failed: 1, deleted: 0, notAttempted: 1 });
    expect(job.cloud.account('target').object('copy', 'extra')).toBeDefined();
    expect(job.board().reason?.code).toBe('delete-not-opened');
  });

  it('does not delete an object that appeared at the source after the listing', async () => {
    const job = await createMemoryJob({ mirror: guard });
    fill(job, 'source', numbered(10));
    fill(job, 'target', ['late']);
    let listed = false;
    const status = await job.run({
      deliver: async (input, slice) => {
        if (input.phase === 'delete' && !listed) {
          listed = true;
          fill(job, 'source', ['late']);
        }
        return slice();
      },
    });
    expect(status).toBe('Completed');
    expect(job.board().totals).toMatchObject({ deleted: 0, skipped: 1, copied: 10 });
    expect(job.cloud.account('target').object('copy', 'late')).toBeDefined();
  });
});

/** A run in which somebody asks for something while the third slice is delivered. */
function runAndAsk(job: MemoryJob, desired: 'pause' | 'cancel'): Promise<string> {
  let slices = 0;
  return job.run({
    deliver: async (_, slice) => {
      slices += 1;
      if (slices === 3) await job.changeBoard((board) => ({ ...board, desired }));
      return slice();
    },
  });
}

describe('pause, cancel and a dead run', () => {
  it('pauses between slices, keeps what is done, and finishes in the next run without copying anything twice', async () => {
    const job = await createMemoryJob({}, { sliceMs: 5 });
    fill(job, 'source', numbered(400));
    const status = await runAndAsk(job, 'pause');
    expect(status).toBe('Paused');
    const copiedBefore = job.cloud.count('copyFrom');
    expect(copiedBefore).toBeLessThan(400);
    await job.changeBoard((board) => ({ ...board, run: 2, status: 'Queued' }));
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 400, copied: 400 });
    expect(job.cloud.count('copyFrom')).toBe(400);
  });

  it('cancels with true counts: what was not tried is not attempted', async () => {
    const job = await createMemoryJob({}, { sliceMs: 5 });
    fill(job, 'source', numbered(400));
    const status = await runAndAsk(job, 'cancel');
    expect(status).toBe('Cancelled');
    const { totals } = job.board();
    const there = job.cloud.account('target').keys('copy').length;
    expect(totals.copied).toBe(there);
    expect(totals.copied + totals.notAttempted).toBe(totals.planned);
    expect(totals.notAttempted).toBeGreaterThan(0);
  });

  it('a cancel that comes before the start ends the job with nothing done', async () => {
    const job = await createMemoryJob();
    fill(job, 'source', numbered(4));
    await job.changeBoard((board) => ({ ...board, desired: 'cancel' }));
    expect(await job.run()).toBe('Cancelled');
    expect(job.cloud.count()).toBe(0);
  });

  it('a new run takes over what a dead one held, and the dead one’s late slices change nothing', async () => {
    const job = await createMemoryJob({}, { sliceMs: 5 });
    fill(job, 'source', numbered(700));
    const late: (() => Promise<unknown>)[] = [];
    let slices = 0;
    const dead = job.run({
      deliver: async (_, slice) => {
        slices += 1;
        late.push(slice);
        if (slices > 4) return { next: 'end', end: 'superseded' };
        return slice();
      },
    });
    await dead;
    await job.changeBoard((board) => ({ ...board, run: 2, status: 'Queued' }));
    const status = await job.run({
      deliver: async (_, slice) => {
        await late.shift()?.();
        return slice();
      },
    });
    expect(status).toBe('Completed');
    expect(job.board().totals).toMatchObject({ planned: 700, copied: 700, conflicts: 0 });
  });
});

describe('a large object', () => {
  it('is planned again when its source changes, and no block of the old version is used', async () => {
    const job = await createMemoryJob();
    const size = 2 * 2 ** 30;
    job.cloud.account('source').put('data', 'large', { sizeBytes: size, content: 'first' });
    let changes = 0;
    job.cloud.fault({
      on: 'stageFrom',
      skip: 8,
      before: () => {
        changes += 1;
        job.cloud.account('source').put('data', 'large', { sizeBytes: size, content: 'second' });
      },
    });
    const status = await job.run();
    expect(status).toBe('Completed');
    expect(changes).toBe(1);
    const copy = job.cloud.account('target').object('copy', 'large');
    expect(copy?.content.every((extent) => extent.of === 'second')).toBe(true);
  });
});

describe('a failing job', () => {
  it('stops after many equal refusals in a row and reports the rest as not attempted', async () => {
    const job = await createMemoryJob();
    fill(job, 'source', numbered(300));
    job.cloud.account('target').permissions.write = false;
    expect(await job.run()).toBe('Failed');
    const { totals, reason } = job.board();
    expect(reason?.code).toBe('destination-role-missing');
    expect(totals.failed).toBeGreaterThanOrEqual(20);
    expect(totals.failed + totals.notAttempted).toBe(300);
  });

  it('fails before anything moves when the destination container is missing', async () => {
    const job = await createMemoryJob();
    fill(job, 'source', numbered(3));
    job.cloud.account('target').removeContainer('copy');
    expect(await job.run()).toBe('Failed');
    expect(job.board().reason?.code).toBe('destination-container-not-found');
    expect(job.cloud.count('copyFrom')).toBe(0);
  });
});
