import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/job/outcome.js';
import { createOutcomeFile, listOutcomes, readOutcomes } from '../../../src/record/outcomes.js';
import type { OutcomeRef } from '../../../src/record/refs.js';
import { stateNames } from '../../../src/record/refs.js';
import { collect } from '../../support/collect.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';

const job = 'j1234567';
const ref: OutcomeRef = { group: 0, index: 0, part: 'copy' };

function outcome(key: string, kind: Outcome['outcome'] = 'copied', sizeBytes = 1): Outcome {
  return {
    outcome: kind,
    reason: kind === 'conflict' ? 'destination-exists' : 'new',
    pair: 0,
    key,
    sizeBytes,
  };
}

describe('createOutcomeFile', () => {
  it('opens an untouched part without a request and finishes it with one', async () => {
    const state = createMemoryStateStore();
    const file = createOutcomeFile(state, job, ref);
    expect(await file.open({ again: false })).toEqual({ settled: [], final: false });
    expect(await file.finish([outcome('a')])).toEqual({ outcomes: [outcome('a')], won: true });
    expect(state.count()).toBe(1);
  });

  it('gives a later worker what the checkpoint holds', async () => {
    const state = createMemoryStateStore();
    const first = createOutcomeFile(state, job, ref);
    await first.checkpoint([outcome('a')]);
    await first.checkpoint([outcome('a'), outcome('b')]);
    const second = createOutcomeFile(state, job, ref);
    expect(await second.open({ again: true })).toEqual({
      settled: [outcome('a'), outcome('b')],
      final: false,
    });
  });

  it('opens a part that nobody has stored yet although somebody had it', async () => {
    const file = createOutcomeFile(createMemoryStateStore(), job, ref);
    expect(await file.open({ again: true })).toEqual({ settled: [], final: false });
  });

  it('returns the outcomes of the winner to the loser and never changes them', async () => {
    const state = createMemoryStateStore();
    const winner = createOutcomeFile(state, job, ref);
    const loser = createOutcomeFile(state, job, ref);
    await winner.finish([outcome('a')]);
    expect(await loser.finish([outcome('a', 'conflict')])).toEqual({ outcomes: [outcome('a')], won: false });
    expect(await loser.checkpoint([outcome('a', 'conflict')])).toEqual({
      outcomes: [outcome('a')],
      final: true,
    });
    expect(await readOutcomes(state, job, ref)).toEqual({ outcomes: [outcome('a')], final: true });
  });

  it('merges what another worker has settled, which stands against its own', async () => {
    const state = createMemoryStateStore();
    const other = createOutcomeFile(state, job, ref);
    await other.checkpoint([outcome('a'), outcome('c')]);
    const file = createOutcomeFile(state, job, ref);
    const { outcomes, won } = await file.finish([outcome('a', 'conflict'), outcome('b')]);
    expect(won).toBe(true);
    expect(outcomes).toEqual([outcome('a'), outcome('b'), outcome('c')]);
    expect(await readOutcomes(state, job, ref)).toEqual({ outcomes, final: true });
  });

  it('keeps objects of the same key in different container pairs apart', async () => {
    const state = createMemoryStateStore();
    await createOutcomeFile(state, job, ref).checkpoint([{ ...outcome('a'), pair: 1 }]);
    const { outcomes } = await createOutcomeFile(state, job, ref).finish([outcome('a')]);
    expect(outcomes).toHaveLength(2);
  });

  it('recognises its own write when the answer was lost', async () => {
    const state = createMemoryStateStore();
    let lost = false;
    const losing: typeof state = {
      ...state,
      put: async (...args) => {
        const etag = await state.put(...args);
        if (lost) return etag;
        lost = true;
        return undefined;
      },
    };
    expect(await createOutcomeFile(losing, job, ref).finish([outcome('a')])).toEqual({
      outcomes: [outcome('a')],
      won: true,
    });
  });

  it('returns what stands when it is finished twice', async () => {
    const file = createOutcomeFile(createMemoryStateStore(), job, ref);
    await file.finish([outcome('a')]);
    expect(await file.finish([outcome('b')])).toEqual({ outcomes: [outcome('a')], won: false });
  });

  it('gives up with state-conflict when it loses every race', async () => {
    const state = createMemoryStateStore();
    const file = createOutcomeFile({ ...state, put: () => Promise.resolve(undefined) }, job, ref);
    await expect(file.checkpoint([outcome('a')])).rejects.toMatchObject({ code: 'state-conflict' });
  });
});

describe('listOutcomes', () => {
  it('tells counts and bytes of every part in order without opening one', async () => {
    const state = createMemoryStateStore();
    await createOutcomeFile(state, job, { group: 0, index: 1, part: { large: 3 } }).checkpoint([]);
    await createOutcomeFile(state, job, { group: 0, index: 1, part: 'delete' }).finish([
      outcome('x', 'deleted', 9),
    ]);
    await createOutcomeFile(state, job, ref).finish([
      outcome('a', 'copied', 5),
      outcome('b', 'copied', 6),
      outcome('c', 'skipped'),
      outcome('d', 'failed'),
      outcome('e', 'conflict'),
      outcome('f', 'notAttempted'),
    ]);
    await state.put(`${stateNames.outcomes(job)}note`, '');
    state.reset();
    const zero = { copied: 0, skipped: 0, deleted: 0, failed: 0, conflicts: 0, notAttempted: 0 };
    expect(await collect(listOutcomes(state, job))).toEqual([
      {
        ref,
        final: true,
        counts: { copied: 2, skipped: 1, deleted: 0, failed: 1, conflicts: 1, notAttempted: 1 },
        bytesCopied: 11,
      },
      {
        ref: { group: 0, index: 1, part: 'delete' },
        final: true,
        counts: { ...zero, deleted: 1 },
        bytesCopied: 0,
      },
      { ref: { group: 0, index: 1, part: { large: 3 } }, final: false, counts: zero, bytesCopied: 0 },
    ]);
    expect(state.count()).toBe(1);
  });

  it('has nothing for a part that nobody worked on', async () => {
    expect(await readOutcomes(createMemoryStateStore(), job, ref)).toBeUndefined();
  });
});
