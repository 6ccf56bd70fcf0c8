import { describe, expect, it } from 'vitest';
import { isLastTaker, leaveUnit } from '../../../src/record/board-finish.js';
import { beginRun, continueRun, hasWorkLeft } from '../../../src/record/board-run.js';
import { take } from '../../../src/record/board-take.js';
import { newBoard, type Board } from '../../../src/record/board.js';

const plan = { lanes: 2, phases: ['copy'], groups: 1, now: '2026-01-01T00:00:00.000Z' } as const;
const listed = { listed: true, written: 1, copy: [], large: [], remove: [] };

function running(change: Partial<Board> = {}): Board {
  const begun = beginRun({ ...newBoard('job'), run: 1 }, 1, plan);
  if (begun === undefined) throw new Error('the run did not begin');
  return { ...begun, groups: [listed], ...change };
}

describe('a unit that a dead run held', () => {
  it('keeps the time at which it was first taken, so that what was written since is known as ours', () => {
    const first = '2026-01-01T00:00:05.000Z';
    const board = running({ groups: [{ ...listed, copy: [[0, 1]] }] });
    const { board: held } = take(board, { run: 1, lane: 0, phase: 'copy', now: first });
    const next = beginRun({ ...continueRun(held), run: 2 }, 2, { ...plan, now: '2026-01-01T01:00:00.000Z' });
    expect(next?.requeued).toEqual([{ kind: 'copy', group: 0, index: 0, since: first }]);
    const { taken } = take(next ?? held, {
      run: 2,
      lane: 1,
      phase: 'copy',
      now: '2026-01-01T01:00:01.000Z',
    });
    expect(taken).toMatchObject({
      kind: 'unit',
      holding: { unit: { kind: 'copy', group: 0, index: 0 }, again: true, since: first },
    });
  });
});

describe('a unit that is taken once more', () => {
  const first = '2026-01-01T00:00:05.000Z';
  const later = '2026-01-01T00:00:09.000Z';
  const taker = { run: 1, lane: 0, phase: 'copy', now: first } as const;
  const ready = (): Board => running({ groups: [{ ...listed, copy: [[0, 1]] }] });

  it('is taken over from whoever may still have it, and each taking is told from the one before', () => {
    const { board: held } = take(ready(), taker);
    const { board: again } = take(held, { ...taker, now: later });
    expect(again.holdings['0']).toMatchObject({ takes: 2, takenOverAt: later, again: true, since: first });
    const one = { run: 1, lane: 0, seq: 1 };
    expect([isLastTaker(held, one), isLastTaker(again, one)]).toEqual([true, false]);
    expect(isLastTaker(again, { ...one, takes: 2 })).toBe(true);
  });

  it('keeps that time when it was given back, and is given back by its last taker alone', () => {
    const { board: held } = take(ready(), taker);
    const { board: again } = take(held, { ...taker, now: first });
    const holder = { run: 1, lane: 0, seq: 1 };
    expect(leaveUnit(again, holder)).toBe(again);
    expect(leaveUnit(again, { ...holder, lane: 1 })).toBe(again);
    const { board: third } = take(leaveUnit(again, { ...holder, takes: 2 }), { ...taker, now: later });
    expect(third.holdings['0']).toMatchObject({ takes: 3, takenOverAt: first });
    expect(third.holdings['0']).not.toHaveProperty('left');
  });

  it('by a later run, was taken over when that began', () => {
    const { board: held } = take(ready(), taker);
    const next = beginRun({ ...continueRun(held), run: 2 }, 2, { ...plan, now: later });
    if (next === undefined) throw new Error('the run did not begin');
    const { board } = take(next, { ...taker, run: 2, now: '2026-01-01T00:01:00.000Z' });
    expect(board.holdings['0']).toMatchObject({ again: true, takenOverAt: later });
    expect(running()).not.toHaveProperty('fencedAt');
  });
});

describe('work that is left when the lanes have ended', () => {
  const holding = { seq: 1, again: false, since: plan.now };
  const copying = { '0': { ...holding, unit: { kind: 'copy', group: 0, index: 0 } } } as const;
  const deleting = { '0': { ...holding, unit: { kind: 'delete', group: 0, index: 0 } } } as const;

  it.each<[string, Partial<Board>, boolean]>([
    ['nothing', {}, false],
    ['a listing', { groups: [{ ...listed, listed: false }] }, true],
    ['a segment', { groups: [{ ...listed, copy: [[0, 1]] }] }, true],
    ['a copy in hand', { holdings: copying }, true],
    ['deletes that were not opened', { groups: [{ ...listed, remove: [[0, 1]] }] }, false],
    ['deletes that were opened', { phase: 'delete', groups: [{ ...listed, remove: [[0, 1]] }] }, true],
    ['a delete in hand', { phase: 'delete', holdings: deleting }, true],
  ])('%s', (_, change, left) => {
    expect(hasWorkLeft(running(change), false)).toBe(left);
  });

  it('is none in a dry run that has listed everything', () => {
    expect(hasWorkLeft(running({ groups: [{ ...listed, copy: [[0, 1]] }] }), true)).toBe(false);
  });
});
