import { afterEach, expect, it } from 'vitest';
import type { RunInput, SliceInput, SliceResult } from '../../src/activities/contracts.js';
import { type Holder, finishSegment, reportSegment, yieldScan } from '../../src/record/board-finish.js';
import { beginRun } from '../../src/record/board-run.js';
import { laneNeed } from '../../src/record/board-lanes.js';
import { handsOver, take } from '../../src/record/board-take.js';
import { type Board, type Unit, newBoard } from '../../src/record/board.js';
import type { EngineTime } from '../../src/localhost/durable/engine-options.js';
import { copyJob } from '../../src/orchestrators/copy-job.js';
import { lane } from '../../src/orchestrators/lane.js';
import { cleanUp, openRig } from '../unit/localhost/durable/engine-rig.js';
import { sdkApp } from '../unit/localhost/durable/sdk-app.js';

afterEach(cleanUp);

const objects = 1_000_000;
const perSegment = 5000;
const segments = objects / perSegment;
/** Simulated seconds to real milliseconds. */
const scale = 12;
const sliceSeconds = 60;
const slots = 8;
/** When a first slice that lists leaves to lanes what it has found. */
const overdueSeconds = 2.5;

/** The engine's clock, as fast as the simulation. */
const startedAtMs = Date.now();
const fastTime: EngineTime = {
  now: () => startedAtMs + ((Date.now() - startedAtMs) * 1000) / scale,
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, (delayMs / 1000) * scale);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** A job whose storage calls only take time: the real board, the real orchestrators, the real engine. */
class Simulation {
  board: Board = { ...newBoard('millionjob'), run: 1 };
  busySeconds = 0;
  firstAt = 0;
  lastAt = 0;
  #random = 1;

  prepare(input: RunInput) {
    const plan = { lanes: 32, phases: ['copy'] as const, groups: 1, now: '2026-01-01T00:00:00.000Z' };
    this.board = beginRun(this.board, input.run, plan) ?? this.board;
    return { ok: true, lanes: 32, phases: ['copy'], awake: 1 };
  }

  async slice(input: SliceInput): Promise<SliceResult> {
    let left = sliceSeconds;
    for (;;) {
      const taker = { ...input, overdue: sliceSeconds - left >= overdueSeconds };
      const { board, taken } = take(this.board, { ...taker, now: '2026-01-01T00:00:00.000Z' });
      this.board = board;
      if (taken.kind === 'end') return { next: 'end', end: taken.end };
      if (taken.kind === 'idle') return { next: 'idle' };
      if (taken.kind === 'more') return { next: 'more', ...laneNeed(board, input.phase) };
      const holder: Holder = { run: input.run, lane: input.lane, seq: taken.holding.seq };
      left -= await this.work(taken.holding.unit, holder, left, input);
      if (left <= 0) return { next: 'more' };
    }
  }

  /** Works on one unit and tells how long it took, in simulated seconds. */
  async work(unit: Unit, holder: Holder, left: number, input: SliceInput): Promise<number> {
    if (unit.kind === 'scan') return this.scan(holder, left, input);
    const seconds = 5 + 5 * this.random();
    await this.spend(seconds);
    this.board = finishSegment(this.board, holder, { copied: perSegment });
    return seconds;
  }

  async scan(holder: Holder, left: number, input: SliceInput): Promise<number> {
    let spent = 0;
    while (spent < left) {
      await this.spend(0.3);
      spent += 0.3;
      const index = this.board.groups[0]?.written ?? 0;
      const last = index === segments - 1;
      this.board = reportSegment(this.board, holder, { group: 0, index }, summary, last);
      if (last) return spent;
      const overdue = sliceSeconds - left + spent >= overdueSeconds;
      if (handsOver(this.board, { ...input, overdue })) {
        this.board = yieldScan(this.board, holder);
        return spent;
      }
    }
    return spent;
  }

  async spend(seconds: number): Promise<void> {
    const startedAt = performance.now();
    if (this.firstAt === 0) this.firstAt = startedAt;
    await new Promise((resolve) => setTimeout(resolve, seconds * scale));
    this.lastAt = performance.now();
    this.busySeconds += (this.lastAt - startedAt) / scale;
  }

  random(): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random / 2 ** 32;
  }
}

const summary = {
  copies: perSegment,
  copyBytes: 0,
  large: 0,
  largeBytes: 0,
  deletes: 0,
  skips: 0,
  failures: 0,
  listed: perSegment,
  destinationListed: 0,
};

it('a job of 1,000,000 objects keeps the slots busy, the history short and the memory flat', async () => {
  const simulation = new Simulation();
  const rows: number[] = [];
  const app = sdkApp({
    orchestrators: { copyJob, lane },
    activities: {
      prepare: (input: unknown) => simulation.prepare(input as RunInput),
      gate: () => ({ go: 'yes', first: 1 }),
      slice: (input: unknown) => simulation.slice(input as SliceInput),
      close: () => ({ status: 'Completed' }),
    },
  });
  const rig = await openRig({
    invoker: app,
    strict: true,
    time: fastTime,
    onGeneration: ({ history }) => rows.push(history.length),
  });
  const heapBefore = process.memoryUsage().heapUsed;
  const id = await rig.startNew('copyJob', 'millionjob.r1', { job: 'millionjob', run: 1 });
  expect((await rig.finished(id)).runtimeStatus).toBe('Completed');
  const heapGrownMiB = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;

  const totalRows = rows.reduce((sum, count) => sum + count, 0);
  const busy = simulation.busySeconds / (slots * ((simulation.lastAt - simulation.firstAt) / scale));
  console.info(
    `1,000,000 objects: ${String(totalRows)} history rows, at most ${String(Math.max(...rows))} a generation, ` +
      `${(busy * 100).toFixed(1)} % of ${String(slots)} slots busy, heap ${heapGrownMiB.toFixed(1)} MiB more`,
  );
  expect(simulation.board.totals).toMatchObject({ planned: objects, copied: objects });
  expect(Math.max(...rows)).toBeLessThan(1000);
  expect(totalRows / objects).toBeLessThanOrEqual(0.001);
  expect(busy).toBeGreaterThanOrEqual(0.9);
  expect(heapGrownMiB).toBeLessThan(64);
});
