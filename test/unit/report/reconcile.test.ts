import { describe, expect, it } from 'vitest';
import { settledCount } from '../../../src/job/outcome.js';
import { createOutcomeFile } from '../../../src/record/outcomes.js';
import { writeSegment } from '../../../src/record/segments.js';
import { reconcile } from '../../../src/report/reconcile.js';
import type { MemoryStateStore } from '../../support/memory-state-store.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { draft, job, mixedDraft, operation, outcome } from './reported-job.js';

const ref = { group: 0, index: 0 };

async function scanned(): Promise<MemoryStateStore> {
  const state = createMemoryStateStore();
  await writeSegment(state, job, ref, { ...mixedDraft, large: [operation('big'), operation('huge')] });
  return state;
}

async function finished(): Promise<MemoryStateStore> {
  const state = await scanned();
  await createOutcomeFile(state, job, { ...ref, part: 'copy' }).finish([
    outcome('a', 'copied'),
    outcome('b', 'failed', 'timeout'),
  ]);
  await createOutcomeFile(state, job, { ...ref, part: { large: 0 } }).finish([outcome('big', 'copied')]);
  await createOutcomeFile(state, job, { ...ref, part: { large: 1 } }).finish([
    outcome('huge', 'conflict', 'destination-exists'),
  ]);
  await createOutcomeFile(state, job, { ...ref, part: 'delete' }).finish([
    outcome('old', 'deleted', 'extra'),
  ]);
  return state;
}

describe('reconcile', () => {
  it('adds a finished job up, and the law holds', async () => {
    const result = await reconcile(await finished(), job);
    expect(result).toMatchObject({
      counts: { planned: 7, copied: 2, skipped: 1, deleted: 1, failed: 2, conflicts: 1, notAttempted: 0 },
      planned: 7,
      bytesPlanned: 40,
      bytesCopied: 20,
      missing: { copies: 0, large: 0, deletes: 0 },
      complete: true,
      segments: 1,
    });
    expect(settledCount(result.counts)).toBe(result.planned);
  });

  it('counts operations without an outcome as not attempted, and is not complete', async () => {
    const result = await reconcile(await scanned(), job);
    expect(result).toMatchObject({
      counts: { planned: 7, skipped: 1, failed: 1, notAttempted: 5 },
      missing: { copies: 2, large: 2, deletes: 1 },
      complete: false,
    });
    expect(settledCount(result.counts)).toBe(7);
  });

  it('is not complete while a blob may still change', async () => {
    const state = await scanned();
    await createOutcomeFile(state, job, { ...ref, part: 'copy' }).checkpoint([
      outcome('a', 'copied'),
      outcome('b', 'copied'),
    ]);
    const result = await reconcile(state, job);
    expect(result.counts).toMatchObject({ copied: 2, notAttempted: 3 });
    expect(result.complete).toBe(false);
  });

  it('breaks the law in the open when there are more outcomes than operations', async () => {
    const state = await finished();
    await createOutcomeFile(state, job, { group: 0, index: 9, part: 'copy' }).finish([
      outcome('a', 'copied'),
    ]);
    const result = await reconcile(state, job);
    expect(result.complete).toBe(false);
    expect(settledCount(result.counts)).toBe(result.planned + 1);
  });

  it('opens no blob', async () => {
    const state = await finished();
    state.reset();
    await reconcile(state, job);
    expect([state.count('get'), state.count('list')]).toEqual([0, 2]);
  });

  it('gives equal plans equal hashes, and the hash does not depend on outcomes', async () => {
    const before = await reconcile(await scanned(), job);
    const after = await reconcile(await finished(), job);
    expect(after.planHash).toBe(before.planHash);
    const state = await scanned();
    await writeSegment(state, job, { group: 0, index: 1 }, draft({ copies: [operation('new')] }));
    expect((await reconcile(state, job)).planHash).not.toBe(before.planHash);
  });

  it('adds a job without segments up to nothing, complete', async () => {
    expect(await reconcile(createMemoryStateStore(), job)).toMatchObject({ planned: 0, complete: true });
  });
});
