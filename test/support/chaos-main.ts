import type { Direction } from './chaos-direction.js';
import { repeatCommand, runSeed, type SeedResult } from './chaos-run.js';

export interface SearchOptions {
  readonly firstSeed: number;
  /** Ends after so many seeds or so much real time, whichever comes first. */
  readonly maxSeeds: number;
  readonly maxMs: number;
  /** Of every seed's jobs; absent: each seed picks its own. */
  readonly direction?: Direction;
  /** Ends with the first broken invariant. */
  readonly stopAtFirst: boolean;
  readonly print: (line: string) => void;
}

/** Sums over a search. */
export interface SearchResult {
  readonly seeds: number;
  readonly minutes: number;
  readonly broken: readonly SeedResult[];
  readonly kills: number;
  readonly hubsLost: number;
  readonly requests: number;
  readonly directions: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
}

/** Runs seed after seed and says which break something, with the command that repeats it. */
export async function searchSeeds(options: SearchOptions): Promise<SearchResult> {
  const startedAtMs = performance.now();
  const tookMs = (): number => performance.now() - startedAtMs;
  const broken: SeedResult[] = [];
  const statuses: Record<string, number> = {};
  const directions: Record<string, number> = {};
  let [seeds, kills, hubsLost, requests] = [0, 0, 0, 0];
  while (seeds < options.maxSeeds && tookMs() < options.maxMs) {
    const result = await runSeed(options.firstSeed + seeds, options.direction);
    seeds += 1;
    kills += result.killed;
    hubsLost += result.hubsLost;
    requests += result.requests;
    directions[result.direction] = (directions[result.direction] ?? 0) + 1;
    statuses[result.status] = (statuses[result.status] ?? 0) + 1;
    if (result.broken.length > 0) {
      broken.push(result);
      options.print(
        `seed ${String(result.seed)}, ${result.direction}: ${result.broken.slice(0, 5).join('; ')}`,
      );
      options.print(`  repeat it: ${repeatCommand(result.seed)}`);
      if (options.stopAtFirst) break;
    }
    if (seeds % 500 === 0) {
      const rate = Math.round((seeds * 60_000) / tookMs());
      options.print(`${String(seeds)} seeds, ${String(rate)} a minute, ${String(broken.length)} broken`);
    }
  }
  return { seeds, minutes: tookMs() / 60_000, broken, kills, hubsLost, requests, directions, statuses };
}
