import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SegmentSummary } from '../../../src/plan/segment.js';
import {
  type Holder,
  finishCommit,
  finishRun,
  finishSegment,
  openStaging,
  reportSegment,
  yieldScan,
} from '../../../src/record/board-finish.js';
import { firstSlices, laneNeed, readyCount } from '../../../src/record/board-lanes.js';
import { beginRun, isCopied, isListed } from '../../../src/record/board-run.js';
import { type Taken, type Taker, handsOver, take } from '../../../src/record/board-take.js';
import { type Board, type Holding, newBoard } from '../../../src/record/board.js';

const now = '2026-01-01T00:00:00.000Z';

/** What a scan would find: for each segment the number of copies, and the runs of each large object. */
interface World {
  readonly groups: readonly (readonly { readonly copies: number; readonly large: readonly number[] }[])[];
  readonly lanes: number;
}

const world: fc.Arbitrary<World> = fc.record({
  groups: fc.array(
    fc.array(
      fc.record({
        copies: fc.nat(3),
        large: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      }),
      { maxLength: 5 },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  lanes: fc.integer({ min: 1, max: 6 }),
});

function summaryOf(segment: World['groups'][number][number]): SegmentSummary {
  const { copies, large } = segment;
  return {
    copies,
    copyBytes: copies,
    large: large.length,
    largeBytes: 0,
    deletes: 0,
    skips: 1,
    failures: 0,
    listed: copies + large.length + 1,
    destinationListed: 0,
  };
}

type Transition = (board: Board) => Board;

/** Who asks is a first slice. */
type First = Pick<Taker, 'first' | 'overdue'>;

/** The board, workers that finish late, twice or never, and runs that die. */
class Machine {
  board: Board;
  readonly world: World;
  /** Transitions that a worker has sent: they may be applied again at any time. */
  readonly sent: Transition[] = [];

  constructor(given: World) {
    this.world = given;
    this.board = this.prepare({ ...newBoard('memoryjob'), run: 1 });
  }

  prepare(board: Board): Board {
    const plan = {
      lanes: this.world.lanes,
      phases: ['copy'] as const,
      groups: this.world.groups.length,
      now,
    };
    const begun = beginRun(board, board.run, plan);
    if (begun === undefined) throw new Error('the run could not begin');
    return begun;
  }

  newRun(): void {
    this.board = this.prepare({ ...this.board, run: this.board.run + 1, status: 'Queued' });
  }

  /** A lane takes; what finishing it would do, or nothing when it found nothing. */
  take(lane: number, first: First = {}): Transition | undefined {
    const found = this.ask(lane, first);
    return typeof found === 'function' ? found : undefined;
  }

  ask(lane: number, first: First = {}): Transition | Exclude<Taken, { kind: 'unit' }> {
    const taker = { run: this.board.run, lane, phase: 'copy', now, ...first } as const;
    const { board, taken } = take(this.board, taker);
    this.board = board;
    expect(take(this.board, taker).taken.kind).toBe(taken.kind);
    if (taken.kind !== 'unit') return taken;
    return this.finishing(taken.holding, { run: board.run, lane, seq: taken.holding.seq }, first);
  }

  /** The first slices of a phase, each a unit in turn, until none finds anything; what each of them found last. */
  begin(overdue: boolean): readonly Exclude<Taken, { kind: 'unit' }>['kind'][] {
    const slices = Array.from({ length: firstSlices(this.board, 'copy') }, (_, lane) => lane);
    const answers = new Map<number, Exclude<Taken, { kind: 'unit' }>['kind']>();
    while (answers.size < slices.length) {
      for (const lane of slices.filter((one) => !answers.has(one))) {
        const found = this.ask(lane, { first: true, overdue });
        if (typeof found === 'function') this.apply(found);
        else answers.set(lane, found.kind);
      }
    }
    return [...answers.values()];
  }

  finishing({ unit }: Holding, holder: Holder, first: First): Transition {
    switch (unit.kind) {
      case 'scan':
        return (board) => this.scan(board, holder, unit.group, first);
      case 'copy': {
        const copied = this.world.groups[unit.group]?.[unit.index]?.copies ?? 0;
        return (board) => finishSegment(board, holder, { copied });
      }
      case 'open': {
        const runs = this.world.groups[unit.group]?.[unit.index]?.large ?? [];
        return (board) => openStaging(board, holder, runs, now);
      }
      case 'stage':
        return (board) => finishRun(board, holder, { staged: true });
      case 'commit':
        return (board) => finishCommit(board, holder, { settled: { copied: 1 } });
      default:
        throw new Error('a copy phase hands out no deletes');
    }
  }

  scan(board: Board, holder: Holder, group: number, first: First): Board {
    const segments = this.world.groups[group] ?? [];
    const index = board.groups[group]?.written ?? 0;
    const segment = segments[index] ?? { copies: 0, large: [] };
    const told = reportSegment(
      board,
      holder,
      { group, index },
      summaryOf(segment),
      index >= segments.length - 1,
    );
    return handsOver(told, { phase: 'copy', ...first }) ? yieldScan(told, holder) : told;
  }

  apply(transition: Transition): void {
    this.board = transition(this.board);
    this.sent.push(transition);
  }

  /** Everybody works on until nobody finds anything. */
  drain(lanes = this.world.lanes): void {
    for (let round = 0; round < 2000; round += 1) {
      const finishes = Array.from({ length: lanes }, (_, lane) => this.take(lane));
      if (finishes.every((finish) => finish === undefined)) return;
      for (const finish of finishes) if (finish !== undefined) this.apply(finish);
    }
    throw new Error('the lanes never came to an end');
  }
}

const step = fc.record({
  lane: fc.nat(5),
  how: fc.constantFrom('finish', 'finish', 'finish', 'lose', 'twice', 'replay', 'newRun'),
  pick: fc.nat(1000),
  first: fc.record({ first: fc.boolean(), overdue: fc.boolean() }),
});

interface Step {
  readonly lane: number;
  readonly how: string;
  readonly pick: number;
  readonly first: First;
}

function play(machine: Machine, { lane, how, pick, first }: Step): void {
  if (how === 'newRun') {
    machine.newRun();
  } else if (how === 'replay') {
    const late = machine.sent[pick % Math.max(1, machine.sent.length)];
    if (late !== undefined) machine.board = late(machine.board);
  } else {
    const finish = machine.take(lane % machine.world.lanes, first);
    if (finish === undefined || how === 'lose') return;
    machine.apply(finish);
    if (how === 'twice') machine.board = finish(machine.board);
  }
}

/** Units are held once, and held units are in no list that hands them out again. */
function checkHoldings(board: Board): void {
  const held = Object.values(board.holdings).map((holding) => JSON.stringify(holding.unit));
  expect(new Set(held).size).toBe(held.length);
  for (const { unit } of Object.values(board.holdings)) {
    if (unit.kind !== 'copy') continue;
    const free = board.groups[unit.group]?.copy.some(([from, to]) => from <= unit.index && unit.index < to);
    expect(free).toBe(false);
  }
}

describe('the board', () => {
  it('has nothing left, or enough for lanes, when the first slices of a phase have ended', () => {
    fc.assert(
      fc.property(world, fc.boolean(), (given, overdue) => {
        const machine = new Machine(given);
        const answers = machine.begin(overdue);
        if (!answers.includes('more')) {
          expect(answers).toContain('end');
          expect(isCopied(machine.board)).toBe(true);
          return;
        }
        expect(readyCount(machine.board)).toBeGreaterThan(0);
        const { lanes, awake } = laneNeed(machine.board, 'copy');
        expect(awake).toBeLessThanOrEqual(lanes);
        expect(lanes).toBeLessThanOrEqual(given.lanes);
        expect(lanes === given.lanes || isListed(machine.board)).toBe(true);
        machine.drain(lanes);
        expect(isCopied(machine.board)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('settles everything once under lost, doubled and late finishes and dying runs', () => {
    fc.assert(
      fc.property(world, fc.array(step, { maxLength: 120 }), (given, steps) => {
        const machine = new Machine(given);
        for (const one of steps) {
          play(machine, one);
          checkHoldings(machine.board);
        }
        machine.drain();
        const segments = given.groups.flatMap((group) =>
          group.length === 0 ? [{ copies: 0, large: [] }] : group,
        );
        const copies = segments.reduce((sum, segment) => sum + segment.copies + segment.large.length, 0);
        expect(isListed(machine.board) && isCopied(machine.board)).toBe(true);
        expect(machine.board.totals).toMatchObject({
          copied: copies,
          skipped: segments.length,
          planned: copies + segments.length,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('stays below 8 KB with 32 lanes at work', () => {
    const groups = Array.from({ length: 8 }, () =>
      Array.from({ length: 40 }, () => ({ copies: 3, large: [9] })),
    );
    const machine = new Machine({ groups, lanes: 32 });
    let largest = 0;
    for (let round = 0; round < 60; round += 1) {
      const finishes = Array.from({ length: 32 }, (_, lane) => machine.take(lane));
      largest = Math.max(largest, JSON.stringify(machine.board).length);
      for (const finish of finishes) if (finish !== undefined) machine.apply(finish);
    }
    expect(largest).toBeLessThan(8192);
  });
});
