import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalCount, JournalEntry } from '../../src/localhost/cloud/journal.js';
import type { LocalRig } from './local-rig.js';
import type { SeededRandom } from './seeded-random.js';

/** One death of the host. */
export interface Kill {
  readonly atMs: number;
  /** Requests of the job that had succeeded by then, as {@link stepsOf} counts them. */
  readonly steps: number;
}

export interface KillPlan {
  readonly kills: number;
  /** On both sides. */
  readonly container: string;
  /** Requests that the job needs in all, as {@link stepsOf} counts them. */
  readonly steps: number;
  /** Called while the host is down. */
  readonly whileDown: () => Promise<unknown>;
  /** Called when it serves again. */
  readonly whenUp?: () => Promise<unknown>;
}

const stepOperations = [
  'ListBlobs',
  'PutBlobFromUrl',
  'PutBlockFromUrl',
  'PutBlockList',
  'ListFilesAndDirectories',
  'CreateFile',
  'PutRangeFromUrl',
];
/** Share of kills that fall upon a host that has only begun to serve again. */
const early = 0.15;
/** The first kills fall upon the scan. */
const inScan = { kills: 3, steps: 4 };
const lookEveryMs = 5;
const patienceMs = 60_000;

/** What a job has got done in a container, as the cloud saw it: lists, copies, blocks and commits that succeeded. */
async function stepsOf(rig: LocalRig, container: string): Promise<number> {
  const { counts } = await rig.admin('GET', `journal/summary?internal=false&container=${container}`);
  return (counts as readonly JournalCount[])
    .filter(({ operation, status = 0 }) => stepOperations.includes(operation) && status < 300)
    .reduce((sum, { count }) => sum + count, 0);
}

/**
 * Kills the host with SIGKILL and starts it again, as often as planned. Each kill waits for so many further steps as the
 * generator chooses, and for a moment more; so kills spread over the whole job on a machine of any speed. A few
 * fall upon the start itself. Throws when the job makes no step for a minute.
 */
export async function killOften(
  rig: LocalRig,
  random: SeededRandom,
  plan: KillPlan,
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  let steps = 0;
  while (kills.length < plan.kills) {
    if (random.chance(early)) await sleep(random.between(0, 1500));
    else
      steps = await untilSteps(
        rig,
        plan.container,
        steps + random.between(1, mostSteps(plan, kills.length, steps)),
      );
    await sleep(random.between(0, 50));
    const atMs = Date.now();
    await rig.local.killHost('SIGKILL');
    steps = await stepsOf(rig, plan.container);
    kills.push({ atMs, steps });
    await plan.whileDown();
    await rig.local.startHost();
    await plan.whenUp?.();
  }
  return kills;
}

/** Leaves enough to do for the kills that are to come. */
function mostSteps(plan: KillPlan, killed: number, steps: number): number {
  const fair = Math.max(1, Math.floor((1.8 * (plan.steps - steps)) / (plan.kills - killed + 1)));
  return killed < Math.min(inScan.kills, plan.kills / 4) ? Math.min(inScan.steps, fair) : fair;
}

/** Resolves with the steps of a job in a container when there are so many; throws when that takes more than a minute. */
export async function untilSteps(rig: LocalRig, container: string, wanted: number): Promise<number> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const steps = await stepsOf(rig, container);
    if (steps >= wanted) return steps;
    if (Date.now() > deadlineMs)
      throw new Error(`${String(steps)} steps in ${container}, no more for a minute`);
    await sleep(lookEveryMs);
  }
}

export interface BlockExpectation {
  readonly container: string;
  /** Blocks that an object has. */
  blocks(blob: string): number;
  /** Blocks of one object that may be under way at once. */
  readonly inFlight: number;
}

/** Objects of which more blocks were copied again than were in flight when the host was killed. */
export function needlessStages(
  entries: readonly JournalEntry[],
  kills: readonly Kill[],
  { container, blocks, inFlight }: BlockExpectation,
): readonly string[] {
  const stages = new Map<string, number[]>();
  for (const { operation, status, blob = '', timeMs, container: at } of entries) {
    if (operation !== 'PutBlockFromUrl' || status !== 201 || at !== container) continue;
    stages.set(blob, [...(stages.get(blob) ?? []), timeMs]);
  }
  return [...stages].flatMap(([blob, times]) => {
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const under = kills.filter(({ atMs }) => atMs >= first && atMs <= last).length;
    const most = blocks(blob) + inFlight * under;
    return times.length > most ? [`${blob}: ${String(times.length)} blocks, at most ${String(most)}`] : [];
  });
}
