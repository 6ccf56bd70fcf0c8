import type { Retention } from '../job/backup-rules.js';

/** A backup as the rules see it. */
export interface KeptPoint {
  readonly id: string;
  /** ISO 8601: the time of the schedule. */
  readonly dueAt: string;
  /** Complete, every object copied: what a restore may rely on. */
  readonly good: boolean;
  /** Its job has not ended. */
  readonly running: boolean;
  /** Other backups that hold objects of this one. */
  readonly needs: readonly string[];
}

/** Why a backup stays: the rules that keep it. An empty list means that it may go. */
export type KeepReason =
  | 'keepLast'
  | 'daily'
  | 'weekly'
  | 'monthly'
  | 'yearly'
  | 'minimumAge'
  | 'last-good'
  | 'running'
  | 'needed'
  /** It failed, and no good one has followed it. */
  | 'not-followed'
  | 'no-rules';

const dayMs = 24 * 60 * 60_000;

/**
 * Which backups stay, and why, by id. Rules count good backups only: `keepLast` the newest, the others the last of each
 * period that has one, for the newest periods. The last good backup stays whatever the rules say, and so does what a
 * backup that stays needs, and what is under way. A backup that is not good stays only by its age, or until a good one
 * follows it. Without rules everything stays. Pure.
 */
export function keptPoints(
  points: readonly KeptPoint[],
  retention: Retention | undefined,
  nowMs: number,
): ReadonlyMap<string, readonly KeepReason[]> {
  const kept = new Map<string, KeepReason[]>(points.map(({ id }) => [id, []]));
  const keep = (reason: KeepReason, some: readonly KeptPoint[]): void => {
    for (const { id } of some) kept.get(id)?.push(reason);
  };
  const good = points.filter((point) => point.good).sort(newestFirst);
  const [lastGood] = good;
  const isUnfollowed = (point: KeptPoint): boolean =>
    !point.good && (lastGood === undefined || lastGood.dueAt < point.dueAt);
  keep('last-good', good.slice(0, 1));
  keep(
    'running',
    points.filter(({ running }) => running),
  );
  if (retention === undefined) {
    keep('no-rules', points);
  } else {
    keep(
      'minimumAge',
      points.filter((point) => isYoung(point, retention, nowMs)),
    );
    keep('not-followed', points.filter(isUnfollowed));
    for (const rule of ['daily', 'weekly', 'monthly', 'yearly'] as const) {
      keep(rule, lastOfPeriods(good, periods[rule], retention[rule] ?? 0));
    }
    keep('keepLast', good.slice(0, retention.keepLast ?? 0));
  }
  keepNeeded(points, kept);
  return kept;
}

type PeriodOf = (dueAt: string) => string;

const periods: Readonly<Record<'daily' | 'weekly' | 'monthly' | 'yearly', PeriodOf>> = {
  daily: (dueAt) => dueAt.slice(0, 10),
  weekly: (dueAt) => String(Math.floor((Date.parse(dueAt) / dayMs + 3) / 7)),
  monthly: (dueAt) => dueAt.slice(0, 7),
  yearly: (dueAt) => dueAt.slice(0, 4),
};

/** `points`: newest first. The first of a period that is met is its last. */
function lastOfPeriods(
  points: readonly KeptPoint[],
  periodOf: PeriodOf,
  count: number,
): readonly KeptPoint[] {
  const found = new Map<string, KeptPoint>();
  for (const point of points) {
    const period = periodOf(point.dueAt);
    if (found.has(period)) continue;
    if (found.size === count) break;
    found.set(period, point);
  }
  return [...found.values()];
}

function keepNeeded(points: readonly KeptPoint[], kept: Map<string, KeepReason[]>): void {
  const byId = new Map(points.map((point) => [point.id, point]));
  const open = points.filter(({ id }) => (kept.get(id)?.length ?? 0) > 0);
  for (let point = open.pop(); point !== undefined; point = open.pop()) {
    for (const id of point.needs) {
      const needed = byId.get(id);
      const reasons = kept.get(id);
      if (needed === undefined || reasons === undefined || reasons.includes('needed')) continue;
      reasons.push('needed');
      open.push(needed);
    }
  }
}

function isYoung({ dueAt }: KeptPoint, { minimumAgeDays = 0 }: Retention, nowMs: number): boolean {
  return nowMs - Date.parse(dueAt) < minimumAgeDays * dayMs;
}

function newestFirst(left: KeptPoint, right: KeptPoint): number {
  if (left.dueAt === right.dueAt) return left.id < right.id ? 1 : -1;
  return left.dueAt < right.dueAt ? 1 : -1;
}
