import type { JobSpec } from '../../src/job/job-spec.js';
import type { DeliveryChances } from './chaos-engine.js';
import type { ProcessWeather } from './chaos-process.js';
import { type Direction, directionOf, planDirection, type Service } from './chaos-direction.js';
import { type PlannedObject, planDestinations, planSources } from './chaos-objects.js';
import { type SnapshotMoment, snapshotMoments } from './chaos-snapshots.js';
import { lastingRefusal } from './chaos-stores.js';
import {
  expiredToken,
  networkError,
  refusal,
  throttled,
  truncated,
  type Fault,
  type StoreCall,
} from './memory-faults.js';
import { basicSpec } from './memory-job.js';
import { createSeededRandom, type SeededRandom } from './seeded-random.js';

/** One thing that happens to a job, when so many requests have reached their service. */
export type Step =
  | { readonly kind: 'kill'; readonly all: boolean }
  | { readonly kind: 'lose-hub' }
  | { readonly kind: 'steer'; readonly action: 'pause' | 'resume' | 'cancel' }
  | { readonly kind: 'change-source' | 'delete-source' | 'change-destination'; readonly key: string }
  | { readonly kind: 'role'; readonly side: 'source' | 'target'; readonly allowed: boolean };

export interface PlannedStep {
  readonly afterRequests: number;
  readonly step: Step;
}

/** Everything that one seed decides before its job begins. */
export interface Scenario {
  readonly seed: number;
  readonly direction: Direction;
  readonly spec: JobSpec;
  readonly sources: readonly PlannedObject[];
  readonly destinations: readonly PlannedObject[];
  readonly steps: readonly PlannedStep[];
  readonly faults: readonly Fault[];
  /** Keys that are refused for good. */
  readonly poisoned: readonly string[];
  readonly weather: ProcessWeather;
  readonly delivery: DeliveryChances;
  /** When in the life of the job's snapshot all workers die. */
  readonly snapshotKills: readonly SnapshotMoment[];
  readonly workers: number;
  readonly sliceMs: number;
}

const mebibyte = 2 ** 20;

/** The same for the same seed. */
export function planScenario(seed: number, direction: Direction = directionOf(seed)): Scenario {
  const random = createSeededRandom(seed);
  const shape = planDirection(createSeededRandom(seed ^ 0xf11e5), direction);
  const sources = planSources(random.fork(), direction, shape);
  const keys = sources.map(({ key }) => key).filter((key) => !key.endsWith('/'));
  const choices = random.fork();
  const poisoned = choices.chance(0.15) ? [choices.pick(keys)] : [];
  const weather = planWeather(random.fork());
  return {
    seed,
    direction,
    spec: { ...planSpec(random.fork()), ...shape },
    sources,
    destinations: planDestinations(random.fork(), sources, direction),
    steps: planSteps(
      random.fork(),
      sources.filter(({ key }) => keys.includes(key)),
    ),
    faults: [
      ...poisoned.flatMap((key) =>
        (['copyFrom', 'commit', 'createFile'] as const).map((on): Fault => {
          return { on, key, account: 'target', times: 1e9, error: lastingRefusal() };
        }),
      ),
      ...planFaults(random.fork(), keys, direction),
    ],
    poisoned,
    weather,
    delivery: planDelivery(choices, direction),
    snapshotKills: snapshotMoments.filter((_, index) => (seed >> index) % 3 === 0),
    workers: choices.between(1, 3),
    // Long enough for a slice to read its board, its segment and its checkpoint, and to do something then.
    sliceMs: Math.max(20 * weather.latencyMs, choices.pick([60_000, 5000, 1000, 300])),
  };
}

/** In a share nothing can be pinned: there two workers meet more often, and within a moment. */
function planDelivery(random: SeededRandom, { target }: Direction): DeliveryChances {
  const meets = target === 'files';
  return {
    doubled: random.pick(meets ? [0, 0.5, 0.1, 0.5] : [0, 0, 0.1, 0.5]),
    lateMs: random.pick(meets ? [0, 50, 200, 2000, 600_000] : [0, 0, 200, 30_000, 600_000]),
    redeliverMs: random.pick([200, 5000, 60_000]),
  };
}

const plain = { approve: false, dryRun: false };
/** In a tenth of the jobs only a plan is wanted; in more, it waits for somebody to approve it. */
const ways = [
  ...Array.from({ length: 15 }, () => plain),
  ...Array.from({ length: 3 }, () => ({ approve: true, dryRun: false })),
  { approve: false, dryRun: true },
  { approve: false, dryRun: true },
];

function planSpec(random: SeededRandom): JobSpec {
  return {
    ...basicSpec,
    ...(random.chance(0.3) ? { mirror: { maxDeletes: 1000, maxDeletePercent: 100 } } : {}),
    ...(random.chance(0.05) ? { mirror: { maxDeletes: 0, maxDeletePercent: 0 } } : {}),
    ...random.pick(ways),
    maxInFlight: random.pick([512, 64, 8]),
    singleShotBytes: random.pick([256, 256, 16]) * mebibyte,
    ...(random.chance(0.3) ? { blockSizeBytes: random.pick([16, 100]) * mebibyte } : {}),
  };
}

function planSteps(random: SeededRandom, sources: readonly PlannedObject[]): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  const most = 20 + sources.length * 3;
  const at = (step: Step): void => {
    steps.push({ afterRequests: random.between(1, most), step });
  };
  const repeat = (counts: readonly number[], make: () => Step): void => {
    const count = random.pick(counts);
    for (let index = 0; index < count; index += 1) at(make());
  };
  const large = sources.filter(({ put }) => (put.sizeBytes ?? 0) > 256 * mebibyte);
  const anyKey = (): string => random.pick(large.length > 0 && random.chance(0.6) ? large : sources).key;
  repeat([0, 1, 3, 10, 40], () => ({ kind: 'kill', all: random.chance(0.3) }));
  repeat([0, 0, 0, 1, 2], () => ({ kind: 'lose-hub' }));
  repeat([0, 0, 1, 3], () => ({ kind: 'steer', action: random.pick(['pause', 'pause', 'resume']) }));
  repeat([0, 0, 0, 0, 1], () => ({ kind: 'steer', action: 'cancel' }));
  repeat([0, 0, 1, 4], () => ({ kind: 'change-source', key: anyKey() }));
  repeat([0, 0, 0, 2], () => ({ kind: 'delete-source', key: anyKey() }));
  repeat([0, 0, 1, 3], () => ({ kind: 'change-destination', key: anyKey() }));
  if (random.chance(0.08)) {
    const side = random.pick(['source', 'target'] as const);
    const afterRequests = random.between(1, most);
    steps.push({ afterRequests, step: { kind: 'role', side, allowed: false } });
    const back = afterRequests + random.between(1, 60);
    steps.push({ afterRequests: back, step: { kind: 'role', side, allowed: true } });
  }
  return steps.sort((left, right) => left.afterRequests - right.afterRequests);
}

const passing = [
  () => throttled(),
  () => throttled(2000),
  () => refusal('throttled', 503, '', { retryable: true }),
  () => refusal('throttled', 429, '', { retryable: true }),
  () => refusal('timeout', 408, 'OperationTimedOut', { retryable: true }),
  () => refusal('server-error', 500, 'InternalError', { retryable: true }),
  () => refusal('server-error', 500, '', { retryable: true }),
  () => refusal('server-error', 502, '', { retryable: true }),
  () => refusal('server-error', 504, '', { retryable: true }),
  () => networkError(),
];

const calls: Readonly<Record<Service, readonly StoreCall[]>> = {
  blob: ['copyFrom', 'stageFrom', 'commit', 'listBlocks', 'stat', 'delete'],
  files: ['createFile', 'putRangeFrom', 'setFile', 'listRanges', 'stat', 'delete'],
};

/** Passing faults only, fewer on one object than its retry budget bears. */
function planFaults(random: SeededRandom, keys: readonly string[], { target }: Direction): readonly Fault[] {
  const faults: Fault[] = [];
  const budget = new Map<string, number>();
  const expired = new Set<string>();
  for (let left = random.pick([0, 2, 8, 30]); left > 0; left -= 1) {
    const key = random.pick(keys);
    const times = random.between(1, 2);
    const used = (budget.get(key) ?? 0) + times;
    if (used > 4) continue;
    budget.set(key, used);
    faults.push({
      on: random.pick(calls[target]),
      key,
      skip: random.pick([0, 0, 1, 5]),
      times,
      ...troubleOf(random, key, expired),
    });
  }
  const lists = random.pick([0, 0, 2]);
  if (lists > 0)
    faults.push({
      on: 'list',
      skip: random.between(0, 5),
      times: lists,
      error: random.pick([...passing, truncated])(),
      lostReply: random.chance(0.5),
    });
  return faults;
}

/** What goes wrong, before the service acts or after. One token a key expires: a second refusal is believed. */
function troubleOf(
  random: SeededRandom,
  key: string,
  expired: Set<string>,
): Pick<Fault, 'error' | 'lostReply' | 'times'> {
  if (random.chance(0.15)) return { error: truncated(), lostReply: true };
  if (random.chance(0.1) && !expired.has(key)) {
    expired.add(key);
    return { error: expiredToken(random.pick(['source', 'destination'] as const)), times: 1 };
  }
  return { error: random.pick(passing)(), lostReply: random.chance(0.4) };
}

function planWeather(random: SeededRandom): ProcessWeather {
  const troubled = random.chance(0.3);
  return {
    latencyMs: random.pick([10, 50, 400]),
    slow: random.pick([0, 0, 0.002, 0.02]),
    stateFailures: troubled ? random.pick([0.002, 0.01]) : 0,
    stateLostReplies: troubled ? 0.05 : 0,
    pageSize: random.pick([5000, 5000, 20, 5]),
  };
}
