import { describe, expect, it } from 'vitest';
import { Sharing } from '../../../src/activities/sharing.js';
import { BoardFile } from '../../../src/record/board-file.js';
import { finishSegment, leaveUnit } from '../../../src/record/board-finish.js';
import { beginRun } from '../../../src/record/board-run.js';
import { take } from '../../../src/record/board-take.js';
import { type Board, newBoard } from '../../../src/record/board.js';
import { stateNames } from '../../../src/record/refs.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { codeOf } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';

const now = '2026-01-01T00:00:00.000Z';
const taker = { run: 1, lane: 0, phase: 'copy', now } as const;

/** A job whose one segment lane 0 of run 1 has just been given. */
async function heldUnit() {
  const state = createMemoryStateStore(createStepClock());
  const file = (): BoardFile => new BoardFile(state, 'j', createStepClock());
  const begun = beginRun({ ...newBoard('j'), run: 1 }, 1, { lanes: 1, phases: ['copy'], groups: 1, now });
  if (begun === undefined) throw new Error('the run was not begun');
  const ready = { ...begun, groups: [{ listed: true, written: 1, copy: [[0, 0]], large: [], remove: [] }] };
  const first = take(ready as unknown as Board, taker);
  if (first.taken.kind !== 'unit') throw new Error('there was no unit');
  await file().create(first.board);
  let reads = 0;
  const counted = { ...state, get: (name: string) => ((reads += 1), state.get(name)) };
  const clock = createStepClock();
  const ended = new AbortController();
  const holder = { run: 1, lane: 0, seq: first.taken.holding.seq };
  const sharing = new Sharing(new BoardFile(counted, 'j', clock), holder, {
    clock,
    signal: ended.signal,
    takenAtMs: clock.now(),
    pins: false,
  });
  /** Whoever is given the same slice once more. */
  const second = async (delayMs = 0, pins = false): Promise<Sharing> => {
    const at = new Date(clock.now()).toISOString();
    const { board } = await file().update((before) => {
      const again = take(before, { ...taker, now: at });
      return { board: again.board, result: undefined };
    });
    const { takes, takenOverAt } = board.holdings['0'] ?? {};
    const takenAtMs = clock.now();
    clock.advance(delayMs);
    const again = { ...holder, ...(takes === undefined ? {} : { takes }) };
    return new Sharing(file(), again, { clock, signal: ended.signal, takenAtMs, takenOverAt, pins });
  };
  return { state, file, sharing, holder, reads: () => reads, clock, ended, second };
}

describe('Sharing', () => {
  it('is no while the unit was given to one worker, by one read of the board however many ask', async () => {
    const { sharing, reads } = await heldUnit();
    expect(await Promise.all([sharing.ask(), sharing.ask(), sharing.ask()])).toEqual([false, false, false]);
    expect(reads()).toBe(1);
    expect(await sharing.ask()).toBe(false);
    expect(reads()).toBe(2);
  });

  it('reads once a second at most, and an answer is never older than its question', async () => {
    const { sharing, file, reads, clock } = await heldUnit();
    for (let refusal = 0; refusal < 5; refusal += 1) expect(await sharing.ask()).toBe(false);
    expect(reads()).toBe(5);
    expect(clock.slept).toEqual([1000, 1000, 1000, 1000]);
    clock.advance(1000);
    const before = sharing.ask();
    await file().update((board) => ({ board: take(board, taker).board, result: undefined }));
    expect(await sharing.ask()).toBe(true);
    await before;
    expect(clock.slept.length).toBeLessThanOrEqual(5);
  });

  it('says nothing once the slice is at its end', async () => {
    const { sharing, ended } = await heldUnit();
    await sharing.ask();
    ended.abort();
    await expect(sharing.ask()).rejects.toMatchObject({ code: 'aborted' });
    await expect(sharing.ask()).rejects.toMatchObject({ code: 'aborted' });
  });

  it('is yes as soon as the same slice is delivered again, and stays so without another read', async () => {
    const { sharing, file, reads } = await heldUnit();
    await file().update((board) => {
      const again = take(board, taker);
      return { board: again.board, result: again.taken };
    });
    expect(await sharing.ask()).toBe(true);
    expect(await sharing.ask()).toBe(true);
    expect(reads()).toBe(1);
  });

  it('is yes when a later run has taken over', async () => {
    const { sharing, file } = await heldUnit();
    await file().update((board) => ({ board: { ...board, run: 2 }, result: undefined }));
    expect(await sharing.ask()).toBe(true);
  });

  it('says nothing of an object while the board cannot be read, and can be asked again', async () => {
    const { state, sharing } = await heldUnit();
    const board = state.text(stateNames.board('j')) ?? '';
    await state.delete(stateNames.board('j'));
    await expect(sharing.ask()).rejects.toMatchObject({ code: 'aborted' });
    await state.put(stateNames.board('j'), board);
    expect(await sharing.ask()).toBe(false);
  });

  it('holds without a request while the board was just seen, and after a pause by one read for however many', async () => {
    const { sharing, reads, clock } = await heldUnit();
    clock.advance(2999);
    await sharing.requireHold();
    expect(reads()).toBe(0);
    clock.advance(1);
    await Promise.all([sharing.requireHold(), sharing.requireHold()]);
    await sharing.requireHold();
    expect(reads()).toBe(1);
  });

  it('holds no longer when another worker has finished the unit, or the board cannot be read', async () => {
    const { sharing, file, holder, state, clock } = await heldUnit();
    clock.advance(3000);
    await file().update((board) => ({ board: finishSegment(board, holder, {}), result: undefined }));
    expect(await codeOf(sharing.requireHold())).toBe('aborted');
    const other = await heldUnit();
    other.clock.advance(3000);
    await other.state.delete(stateNames.board('j'));
    expect(await codeOf(other.sharing.requireHold())).toBe('aborted');
    expect(state.text(stateNames.board('j'))).toContain('"holdings":{}');
  });

  it('is looked at again when the answer was so long on its way that it may not be true any more', async () => {
    const { sharing, file, holder, state, clock, reads } = await heldUnit();
    const get = state.get;
    let isSlow = true;
    state.get = async (name) => {
      const answer = await get(name);
      if (!isSlow) return answer;
      isSlow = false;
      await file().update((board) => ({ board: finishSegment(board, holder, {}), result: undefined }));
      clock.advance(600_000);
      return answer;
    };
    clock.advance(3000);
    expect(await codeOf(sharing.requireHold())).toBe('aborted');
    expect(reads()).toBe(2);
  });

  it('is the last taker’s alone, who waits until the one before has found out', async () => {
    const { sharing, second, clock, holder } = await heldUnit();
    const last = await second(1000);
    await sharing.requireHold();
    await last.takeOver();
    expect(clock.slept).toEqual([5000]);
    expect(await codeOf(sharing.requireHold())).toBe('aborted');
    await last.requireHold();
    expect(holder).not.toHaveProperty('takes');
  });

  it('is waited for by nobody where writes are pinned, nor when the one before has given it back', async () => {
    const { second, file, holder, clock } = await heldUnit();
    await (await second(0, true)).takeOver();
    await file().update((board) => ({
      board: leaveUnit(leaveUnit(board, holder), { ...holder, takes: 2 }),
      result: undefined,
    }));
    clock.advance(6000);
    const third = await second();
    await third.takeOver();
    expect(clock.slept).toEqual([]);
    await third.requireHold();
  });

  it('is not taken over by a slice that ends meanwhile, or once another has finished the unit', async () => {
    const one = await heldUnit();
    const late = await one.second();
    one.ended.abort();
    expect(await codeOf(late.takeOver())).toBe('aborted');
    const other = await heldUnit();
    const last = await other.second();
    const { file, holder } = other;
    await file().update((board) => ({ board: finishSegment(board, holder, {}), result: undefined }));
    expect(await codeOf(last.takeOver())).toBe('aborted');
  });
});
