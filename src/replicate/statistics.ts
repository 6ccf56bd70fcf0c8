import { listAll } from '../record/list-all.js';
import type { Clock } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';
import { addLag, lagQuantileMs, mergeLags } from './lag-histogram.js';
import type { LagHistogram } from './lag-histogram.js';
import type { ReplicaOutcome } from './replica-result.js';
import { replicationNames } from './state-names.js';

/** What is counted: results of changes, and what became of events that changed nothing. */
export type Counted = ReplicaOutcome | 'postponed' | 'repeated' | 'joined' | 'deadLettered';

interface Hour {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly counts: Readonly<Partial<Record<Counted, number>>>;
}

interface Minute {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly lags: LagHistogram;
}

/** One rule as one process has seen it. */
export interface RuleStatistics {
  /** When the newest event's change was made; milliseconds since the epoch. */
  readonly lastEventMs: number;
  /** The last 24 hours. */
  readonly hours: readonly Hour[];
  /** The last 15 minutes. */
  readonly minutes: readonly Minute[];
}

/** What people read about a rule, over all processes. */
export interface RuleSummary {
  readonly lastEventAt?: string;
  /** Last 24 hours. */
  readonly counts: Readonly<Partial<Record<Counted, number>>>;
  /** From the change to its arrival at a target, last 15 minutes; at most a quarter too high. */
  readonly lagMs?: { readonly p50: number; readonly p99: number };
}

const keptHours = 24;
const keptMinutes = 15;
const hourMs = 3_600_000;
const minuteMs = 60_000;
/** A process writes its statistics no more often than this. */
const flushEveryMs = 5000;

const empty: RuleStatistics = { lastEventMs: 0, hours: [], minutes: [] };

/**
 * Counts in memory and writes one small blob of its own every five seconds at most, so that any number of workers never
 * wait for one another. What a process that is killed has not written yet is lost: these are statistics, the work itself
 * is counted by nobody.
 */
export class ReplicationStatistics {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #rules = new Map<string, RuleStatistics>();
  #flushing: Promise<void> | undefined;
  #isTold = true;

  /** `process`: a name that no other process has. */
  constructor(state: StateStore, clock: Clock, process: string) {
    this.#state = state;
    this.#clock = clock;
    this.#name = replicationNames.statisticsOf(process);
  }

  /** Counts for a rule. `lagMs`: how long a change took that has arrived. */
  count(
    rule: string,
    what: Counted,
    more: { readonly lagMs?: number; readonly eventMs?: number } = {},
  ): void {
    this.#isTold = false;
    const nowMs = this.#clock.now();
    const before = this.#rules.get(rule) ?? empty;
    const hour = Math.floor(nowMs / hourMs);
    const minute = Math.floor(nowMs / minuteMs);
    const counts = before.hours.find((entry) => entry.hour === hour)?.counts ?? {};
    const lags = before.minutes.find((entry) => entry.minute === minute)?.lags ?? [];
    this.#rules.set(rule, {
      lastEventMs: Math.max(before.lastEventMs, more.eventMs ?? 0),
      hours: [
        ...before.hours.filter((entry) => entry.hour < hour && entry.hour > hour - keptHours),
        { hour, counts: { ...counts, [what]: (counts[what] ?? 0) + 1 } },
      ],
      minutes: [
        ...before.minutes.filter((entry) => entry.minute < minute && entry.minute > minute - keptMinutes),
        { minute, lags: more.lagMs === undefined ? lags : addLag(lags, more.lagMs) },
      ],
    });
  }

  /** Writes what was counted, now or some seconds from now; many calls are one write. Resolves when it is written. */
  flush(): Promise<void> {
    if (this.#isTold && this.#flushing === undefined) return Promise.resolve();
    this.#flushing ??= this.#clock.sleep(flushEveryMs).then(async () => {
      this.#flushing = undefined;
      this.#isTold = true;
      await this.#state.put(this.#name, JSON.stringify(Object.fromEntries(this.#rules)));
    });
    return this.#flushing;
  }
}

/** What all processes have told of a rule. Blobs that say nothing of the last 24 hours are removed. One request, and one for each process. */
export async function summariseRule(state: StateStore, rule: string, nowMs: number): Promise<RuleSummary> {
  let lastEventMs = 0;
  const counts: Partial<Record<Counted, number>> = {};
  let lags: LagHistogram = [];
  for await (const { name, lastModified } of listAll(state, replicationNames.statistics)) {
    if (Date.parse(lastModified) < nowMs - keptHours * hourMs) {
      await state.delete(name);
      continue;
    }
    const told = (await readStatistics(state, name))?.[rule];
    if (told === undefined) continue;
    lastEventMs = Math.max(lastEventMs, told.lastEventMs);
    for (const entry of told.hours.filter(({ hour }) => hour > nowMs / hourMs - keptHours)) {
      for (const [what, count] of Object.entries(entry.counts) as [Counted, number][]) {
        counts[what] = (counts[what] ?? 0) + count;
      }
    }
    const recent = told.minutes.filter(({ minute }) => minute > nowMs / minuteMs - keptMinutes);
    lags = recent.reduce((sum, entry) => mergeLags(sum, entry.lags), lags);
  }
  const [p50, p99] = [lagQuantileMs(lags, 0.5), lagQuantileMs(lags, 0.99)];
  return {
    ...(lastEventMs === 0 ? {} : { lastEventAt: new Date(lastEventMs).toISOString() }),
    counts,
    ...(p50 === undefined || p99 === undefined ? {} : { lagMs: { p50, p99 } }),
  };
}

async function readStatistics(
  state: StateStore,
  name: string,
): Promise<Record<string, RuleStatistics> | undefined> {
  const blob = await state.get(name);
  return blob === undefined
    ? undefined
    : (JSON.parse(blob.body.toString('utf8')) as Record<string, RuleStatistics>);
}
