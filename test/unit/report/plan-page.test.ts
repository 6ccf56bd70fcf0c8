import { describe, expect, it } from 'vitest';
import { writeSegment } from '../../../src/record/segments.js';
import { readPlan } from '../../../src/report/plan-page.js';
import { nonSuccesses, parseOutcomes } from '../../../src/report/report-page.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { board, draft, job, operation, putPairs, record } from './reported-job.js';

const planned = { record: record({ dryRun: true }), board: board([1]) };

async function plannedJob(): Promise<ReturnType<typeof createMemoryStateStore>> {
  const state = createMemoryStateStore();
  await putPairs(state);
  await writeSegment(
    state,
    job,
    { group: 0, index: 0 },
    draft({
      copies: [operation('a')],
      large: [operation('big')],
      deletes: [operation('old', 'delete')],
      skips: [{ pair: 0, key: 'same', reason: 'same', sizeBytes: 3 }],
      failures: [{ pair: 0, key: 'gone', reason: 'source-not-found' }],
    }),
  );
  return state;
}

describe('readPlan', () => {
  it('shows each operation with what it does and why', async () => {
    const page = await readPlan(await plannedJob(), planned, { outcomes: nonSuccesses, maxLines: 10 });
    expect(page.lines.map(({ action, key, reason }) => [action, key, reason])).toEqual([
      ['fail', 'gone', 'source-not-found'],
      ['copy', 'a', 'new'],
      ['copy', 'big', 'new'],
      ['delete', 'old', 'extra'],
    ]);
    expect(page.next).toBeUndefined();
  });

  it('adds what would be skipped when everything is asked for, in pages', async () => {
    const state = await plannedJob();
    const outcomes = parseOutcomes('all') ?? new Set();
    const first = await readPlan(state, planned, { outcomes, maxLines: 2 });
    const token = first.next ?? '';
    const second = await readPlan(state, planned, { outcomes, maxLines: 10, token });
    expect([...first.lines, ...second.lines].map(({ action }) => action)).toEqual([
      'skip',
      'fail',
      'copy',
      'copy',
      'delete',
    ]);
  });

  it('opens no segment for kinds that a plan does not have', async () => {
    const state = await plannedJob();
    state.reset();
    const page = await readPlan(state, planned, { outcomes: new Set(['copied']), maxLines: 10 });
    expect(page.lines).toEqual([]);
    expect(state.count('get')).toBe(1);
  });

  it('has no lines before the job was prepared', async () => {
    const options = { outcomes: nonSuccesses, maxLines: 10 };
    expect(await readPlan(createMemoryStateStore(), planned, options)).toEqual({ lines: [] });
  });
});
