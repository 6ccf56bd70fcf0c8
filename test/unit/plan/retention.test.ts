import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Retention } from '../../../src/job/backup-rules.js';
import { type KeptPoint, keptPoints } from '../../../src/plan/retention.js';

const dayMs = 24 * 60 * 60_000;
const tenYearsMs = 3653 * dayMs;
const beginMs = Date.UTC(2026, 0, 1);

const retentions: fc.Arbitrary<Retention> = fc
  .record(
    {
      keepLast: fc.integer({ min: 1, max: 20 }),
      daily: fc.integer({ min: 1, max: 30 }),
      weekly: fc.integer({ min: 1, max: 60 }),
      monthly: fc.integer({ min: 1, max: 60 }),
      yearly: fc.integer({ min: 1, max: 12 }),
      minimumAgeDays: fc.integer({ min: 0, max: 400 }),
    },
    { requiredKeys: [] },
  )
  .filter((rules) => Object.keys(rules).some((rule) => rule !== 'minimumAgeDays'));

interface Life {
  readonly everyHours: number;
  readonly fullEvery: number;
  /** Which runs end well; repeated over the years. */
  readonly luck: readonly boolean[];
  /** Which points of its chain an incremental one needs; repeated. */
  readonly needed: readonly boolean[];
}

const lives: fc.Arbitrary<Life> = fc.record({
  everyHours: fc.constantFrom(24, 36, 168),
  fullEvery: fc.integer({ min: 1, max: 40 }),
  luck: fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }).map((luck) => [...luck, true]),
  needed: fc.array(fc.boolean(), { minLength: 1, maxLength: 17 }),
});

/** Ten years of backups, thinned out as the rules say every other month; `look` sees each thinning. */
function live(
  life: Life,
  rules: Retention,
  look: (before: readonly KeptPoint[], after: readonly KeptPoint[], nowMs: number) => void,
): void {
  let points: KeptPoint[] = [];
  let chain: string[] = [];
  const runs = Math.floor(tenYearsMs / (life.everyHours * 3_600_000));
  const pruneEvery = Math.max(1, Math.floor((61 * 24) / life.everyHours));
  for (let run = 0; run < runs; run += 1) {
    const nowMs = beginMs + run * life.everyHours * 3_600_000;
    const good = life.luck[run % life.luck.length] ?? true;
    if (chain.length >= life.fullEvery) chain = [];
    const needs = chain.filter((_, index) => life.needed[(run + index) % life.needed.length]);
    const id = `p${String(run)}`;
    points.push({ id, dueAt: new Date(nowMs).toISOString(), good, running: false, needs });
    if (good) chain = [...chain, id];
    if (run % pruneEvery !== 0) continue;
    const kept = keptPoints(points, rules, nowMs);
    const after = points.filter((point) => (kept.get(point.id)?.length ?? 0) > 0);
    look(points, after, nowMs);
    points = after;
    // Whatever is gone can be no part of a later one.
    const left = new Set(points.map((point) => point.id));
    chain = chain.filter((one) => left.has(one));
  }
}

const newest = (points: readonly KeptPoint[]): readonly KeptPoint[] =>
  [...points].sort((left, right) => (left.dueAt < right.dueAt ? 1 : -1));

/** The rules said again, slowly and otherwise: by asking of each period which is its last good backup. */
function wantedByRules(points: readonly KeptPoint[], rules: Retention, nowMs: number): ReadonlySet<string> {
  const good = newest(points.filter((point) => point.good));
  const wanted = new Set(good.slice(0, rules.keepLast ?? 0).map(({ id }) => id));
  const monday = (time: Date): string => {
    const back = (time.getUTCDay() + 6) % 7;
    return new Date(time.getTime() - back * dayMs).toISOString().slice(0, 10);
  };
  const names: [number | undefined, (time: Date) => string][] = [
    [
      rules.daily,
      (time) => `${String(time.getUTCFullYear())} ${String(time.getUTCMonth())} ${String(time.getUTCDate())}`,
    ],
    [rules.weekly, monday],
    [rules.monthly, (time) => `${String(time.getUTCFullYear())} ${String(time.getUTCMonth())}`],
    [rules.yearly, (time) => String(time.getUTCFullYear())],
  ];
  for (const [count = 0, nameOf] of names) {
    const periods = [...new Set(good.map(({ dueAt }) => nameOf(new Date(dueAt))))].slice(0, count);
    for (const period of periods) {
      const last = good.find(({ dueAt }) => nameOf(new Date(dueAt)) === period);
      if (last !== undefined) wanted.add(last.id);
    }
  }
  for (const { id, dueAt } of points) {
    if (nowMs - Date.parse(dueAt) < (rules.minimumAgeDays ?? 0) * dayMs) wanted.add(id);
  }
  return wanted;
}

describe('retention over ten simulated years', { timeout: 60_000 }, () => {
  const over = (check: Parameters<typeof live>[2], rules: fc.Arbitrary<Retention> = retentions): void => {
    fc.assert(
      fc.property(lives, rules, (life, retention) => {
        live(life, retention, check);
      }),
      { numRuns: 8 },
    );
  };

  it('never deletes the last good backup', () => {
    over((before, after) => {
      const [last] = newest(before.filter(({ good }) => good));
      if (last !== undefined) expect(after.includes(last)).toBe(true);
    });
  });

  it('never deletes what a kept incremental backup needs', () => {
    over((_, after) => {
      const ids = new Set(after.map(({ id }) => id));
      const lost = after.flatMap(({ needs }) => needs.filter((id) => !ids.has(id)));
      expect(lost).toEqual([]);
    });
  });

  it('keeps exactly what the rules say', () => {
    fc.assert(
      fc.property(lives, retentions, (life, rules) => {
        live(life, rules, (before, after, nowMs) => {
          const wanted = new Set(wantedByRules(before, rules, nowMs));
          const [last] = newest(before.filter(({ good }) => good));
          if (last !== undefined) wanted.add(last.id);
          for (const { id, good, dueAt } of before) {
            if (!good && (last === undefined || dueAt > last.dueAt)) wanted.add(id);
          }
          for (let size = -1; size !== wanted.size;) {
            size = wanted.size;
            for (const point of before)
              if (wanted.has(point.id)) for (const id of point.needs) wanted.add(id);
          }
          expect(after.map(({ id }) => id)).toEqual(
            before.map(({ id }) => id).filter((id) => wanted.has(id)),
          );
        });
      }),
      { numRuns: 8 },
    );
  });

  it('asked again at once, deletes nothing more', () => {
    over((_, after, nowMs) => {
      const kept = keptPoints(after, { keepLast: 3 }, nowMs);
      const left = after.filter(({ id }) => (kept.get(id)?.length ?? 0) > 0);
      const again = keptPoints(left, { keepLast: 3 }, nowMs);
      expect(left.every(({ id }) => (again.get(id)?.length ?? 0) > 0)).toBe(true);
    });
  });
});

describe('keptPoints', () => {
  const point = (day: number, more: Partial<KeptPoint> = {}): KeptPoint => ({
    id: `d${String(day)}`,
    dueAt: new Date(beginMs + day * dayMs).toISOString(),
    good: true,
    running: false,
    needs: [],
    ...more,
  });
  const reasons = (points: readonly KeptPoint[], rules: Retention | undefined, day: number): object =>
    Object.fromEntries(keptPoints(points, rules, beginMs + day * dayMs));

  it('keeps everything without rules', () => {
    expect(reasons([point(0), point(1, { good: false })], undefined, 9)).toEqual({
      d0: ['last-good', 'no-rules'],
      d1: ['no-rules'],
    });
  });

  it('says why each one stays', () => {
    const points = [
      point(0),
      point(1, { good: false }),
      point(2, { needs: ['d0', 'gone'] }),
      point(3, { running: true, good: false }),
    ];
    expect(reasons(points, { keepLast: 1, minimumAgeDays: 2 }, 4)).toEqual({
      d0: ['needed'],
      d1: [],
      d2: ['last-good', 'keepLast'],
      d3: ['running', 'minimumAge', 'not-followed'],
    });
  });

  it('keeps a failed one until a good one follows it', () => {
    expect(reasons([point(0), point(1, { good: false })], { keepLast: 1 }, 9)).toEqual({
      d0: ['last-good', 'keepLast'],
      d1: ['not-followed'],
    });
  });

  it('tells two of the same moment apart', () => {
    const twins = [point(0, { id: 'a' }), point(0, { id: 'b' })];
    expect(reasons(twins, { keepLast: 1 }, 9)).toEqual({ a: [], b: ['last-good', 'keepLast'] });
    expect(reasons([...twins].reverse(), { keepLast: 1 }, 9)).toEqual({
      a: [],
      b: ['last-good', 'keepLast'],
    });
  });
});
