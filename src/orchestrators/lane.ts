import type { OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions';
import {
  type LaneInput,
  type LaneResult,
  type SliceInput,
  type SliceResult,
  names,
} from '../activities/contracts.js';
import { loggingOwnStack } from './own-stack.js';

/** Slices in one generation: with a timer after each, still under 1,000 history rows. */
const slicesPerGeneration = 120;
const firstIdleMs = 2500;
const longestIdleMs = 60_000;

/** How long a lane rests after its n-th idle slice in a row. */
export function idleDelayMs(idle: number): number {
  return Math.min(longestIdleMs, firstIdleMs * 2 ** Math.min(idle - 1, 10));
}

/**
 * One lane: slice after slice until there is nothing left to take. Idle only while a scan may still bring work. A new
 * generation starts after 120 slices and carries the idle level on.
 */
export const lane: OrchestrationHandler = loggingOwnStack(function* (
  context: OrchestrationContext,
): Generator<Task, LaneResult | undefined, unknown> {
  const input = context.df.getInput<LaneInput>();
  const slice: SliceInput = { job: input.job, run: input.run, phase: input.phase, lane: input.lane };
  let idle = input.idle;
  for (let count = 0; count < slicesPerGeneration; count += 1) {
    const result = (yield context.df.callActivity(names.slice, slice)) as SliceResult;
    if (result.next === 'end') return { end: result.end };
    idle = result.next === 'idle' ? idle + 1 : 0;
    if (idle > 0) {
      const due = new Date(context.df.currentUtcDateTime.getTime() + idleDelayMs(idle));
      yield context.df.createTimer(due);
    }
  }
  const next: LaneInput = { ...input, idle };
  context.df.continueAsNew(next);
  return undefined;
});
