import { describe, expect, it } from 'vitest';
import type { Location } from '../../../src/job/account.js';
import type { JobStatus } from '../../../src/job/status.js';
import { claimDestination, listActive, releaseDestination } from '../../../src/record/active.js';
import { newBoard } from '../../../src/record/board.js';
import { stateNames } from '../../../src/record/refs.js';
import { collect } from '../../support/collect.js';
import type { MemoryStateStore } from '../../support/memory-state-store.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { createStepClock } from '../../support/step-clock.js';

const nowMs = Date.UTC(2026, 0, 1);
const folder: Location = { account: 'one', container: 'c', prefix: 'a/ü 😀/' };
const inside: Location = { ...folder, prefix: 'a/ü 😀/b/' };
const beside: Location = { ...folder, prefix: 'b/' };

async function putBoard(state: MemoryStateStore, job: string, status: JobStatus): Promise<void> {
  await state.put(stateNames.board(job), JSON.stringify({ ...newBoard(job), status }));
}

describe('claimDestination', () => {
  it('refuses an overlapping place and names the holder', async () => {
    const state = createMemoryStateStore();
    await putBoard(state, 'jobfirst', 'Paused');
    expect(await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs })).toEqual({
      ok: true,
    });
    expect(await claimDestination(state, { job: 'jobother', destination: inside, nowMs })).toEqual({
      ok: false,
      holder: 'jobfirst',
    });
    expect(await collect(listActive(state))).toEqual([{ job: 'jobfirst', destination: folder }]);
  });

  it('accepts places beside each other', async () => {
    const state = createMemoryStateStore();
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    expect(await claimDestination(state, { job: 'jobother', destination: beside, nowMs })).toEqual({
      ok: true,
    });
  });

  it('may be repeated by the same job, and survives the repetition', async () => {
    const state = createMemoryStateStore();
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    expect(await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs })).toEqual({
      ok: true,
    });
    expect(state.names(stateNames.active)).toHaveLength(1);
  });

  it('lets a start that crashed begin anew at another place', async () => {
    const state = createMemoryStateStore(createStepClock({ startMs: nowMs }));
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    const again = (afterMs: number) =>
      claimDestination(state, { job: 'jobfirst', destination: beside, nowMs: nowMs + afterMs });
    expect([await again(9 * 60_000), await again(11 * 60_000)]).toEqual([
      { ok: false, holder: 'jobfirst' },
      { ok: true },
    ]);
    expect(await collect(listActive(state))).toEqual([{ job: 'jobfirst', destination: beside }]);
  });

  it('refuses a job that claims a second place', async () => {
    const state = createMemoryStateStore();
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    expect(await claimDestination(state, { job: 'jobfirst', destination: beside, nowMs })).toEqual({
      ok: false,
      holder: 'jobfirst',
    });
  });

  it.each(['Completed', 'CompletedWithErrors', 'Failed', 'Cancelled'] as const)(
    'passes over the marker of a job that is %s, which still holds what the timer gives free',
    async (status) => {
      const state = createMemoryStateStore();
      await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
      await putBoard(state, 'jobfirst', status);
      expect(await claimDestination(state, { job: 'jobother', destination: inside, nowMs })).toEqual({
        ok: true,
      });
      expect(state.names(stateNames.active)).toEqual([
        stateNames.activeJob('jobfirst'),
        stateNames.activeJob('jobother'),
      ]);
    },
  );

  it('respects a start under way and removes one that crashed', async () => {
    const state = createMemoryStateStore(createStepClock({ startMs: nowMs }));
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    const minuteMs = 60_000;
    const early = { job: 'jobother', destination: inside, nowMs: nowMs + 9 * minuteMs };
    expect(await claimDestination(state, early)).toEqual({ ok: false, holder: 'jobfirst' });
    expect(await claimDestination(state, { ...early, nowMs: nowMs + 11 * minuteMs })).toEqual({ ok: true });
  });

  it('never accepts two overlapping claims at once, however their requests interleave', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const clock = createStepClock({ seed });
      const state = createMemoryStateStore();
      state.onCall = async () => {
        for (let turns = Math.floor(clock.random() * 6); turns > 0; turns -= 1)
          await new Promise((resolve) => setImmediate(resolve));
      };
      const results = await Promise.all([
        claimDestination(state, { job: 'jobfirst', destination: folder, nowMs }),
        claimDestination(state, { job: 'jobother', destination: inside, nowMs }),
      ]);
      expect(results.filter(({ ok }) => ok).length, `seed ${String(seed)}`).toBeLessThanOrEqual(1);
    }
  });

  it('lets a shared claim pass, and refuses an exclusive one beside it', async () => {
    const state = createMemoryStateStore();
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    const shared = { job: 'jobother', destination: folder, nowMs, mode: 'shared' } as const;
    expect(await claimDestination(state, shared)).toEqual({ ok: true });
    await releaseDestination(state, 'jobfirst');
    expect(await claimDestination(state, { job: 'jobthird', destination: inside, nowMs })).toEqual({
      ok: false,
      holder: 'jobother',
    });
  });

  it('marks a job that does not write without keeping anybody out', async () => {
    const state = createMemoryStateStore();
    const none = { job: 'jobfirst', destination: folder, nowMs, mode: 'none' } as const;
    expect(await claimDestination(state, none)).toEqual({ ok: true });
    expect(await claimDestination(state, { job: 'jobother', destination: inside, nowMs })).toEqual({
      ok: true,
    });
    expect((await collect(listActive(state))).map(({ job }) => job)).toEqual(['jobfirst', 'jobother']);
  });

  it('tells a share from a container of the same name', async () => {
    const state = createMemoryStateStore();
    const share = { ...folder, service: 'files' } as const;
    await claimDestination(state, { job: 'jobfirst', destination: share, nowMs });
    expect(await claimDestination(state, { job: 'jobother', destination: folder, nowMs })).toEqual({
      ok: true,
    });
    expect(await claimDestination(state, { job: 'jobthird', destination: share, nowMs })).toEqual({
      ok: false,
      holder: 'jobfirst',
    });
  });

  it('frees the place by release, also when there is no claim', async () => {
    const state = createMemoryStateStore();
    await claimDestination(state, { job: 'jobfirst', destination: folder, nowMs });
    await releaseDestination(state, 'jobfirst');
    await releaseDestination(state, 'jobfirst');
    expect(state.names(stateNames.active)).toEqual([]);
  });
});
