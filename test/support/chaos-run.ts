import './chaos-zlib.js';
import { type Direction, nameOfDirection } from './chaos-direction.js';
import { unequalObjects } from './chaos-files.js';
import { brokenInvariants } from './chaos-invariants.js';
import { planScenario } from './chaos-scenario.js';
import { ChaosWorld } from './chaos-world.js';

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number;
  /** `files → blob`. */
  readonly direction: string;
  /** Sentences; empty when every invariant held. */
  readonly broken: readonly string[];
  readonly status: string;
  readonly killed: number;
  readonly hubsLost: number;
  readonly requests: number;
  readonly simulatedMs: number;
}

/** The command that repeats a seed. */
export function repeatCommand(seed: number): string {
  return `npm run test:chaos -- --seed ${String(seed)}`;
}

/**
 * One job through everything that its seed has in store, a retry of what it did not copy, then the same job once more in
 * calm: after that the destination must equal the source. The same seed does the same on every machine.
 */
export async function runSeed(seed: number, direction?: Direction): Promise<SeedResult> {
  const world = new ChaosWorld(planScenario(seed, direction));
  const startedAtMs = world.time.now();
  const { spec, poisoned } = world.scenario;
  const first = await world.runJob(spec);
  const { status } = world.board(first.job);
  const broken = first.hung === undefined ? await brokenInvariants(world, first.job) : [first.hung];
  const result = {
    seed,
    direction: nameOfDirection(world.scenario.direction),
    status,
    killed: world.happened.killed,
    hubsLost: world.happened.hubsLost,
    requests: world.requests,
    simulatedMs: world.time.now() - startedAtMs,
  };
  if (broken.length > 0) return { ...result, broken };
  const retry = await world.retryJob(first.job);
  if (retry !== undefined) {
    const again =
      retry.hung === undefined ? await brokenInvariants(world, retry.job, first.job) : [retry.hung];
    if (again.length > 0) return { ...result, broken: again.map((text) => `in the retry: ${text}`) };
  }
  world.calm();
  const second = await world.runJob({ ...spec, approve: false, dryRun: false });
  const after = second.hung === undefined ? unequalObjects(world) : [second.hung];
  const { reason, ...board } = world.board(second.job);
  const ended =
    board.status === 'Completed' ? [] : [`${board.status} ${JSON.stringify(reason ?? board.totals)}`];
  return {
    ...result,
    broken: [...ended, ...after].map((text) => `afterwards, in calm: ${text} (${poisoned.join()})`),
  };
}
