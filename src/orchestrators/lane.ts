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

/** Lanes that rest equally long. The first ones fill an instance's activity slots; the others are in no hurry. */
const lanesPerStep = 8;
const longestStep = 3;

/** How long a lane rests before the slice that follows its `idle`-th idle one in a row. */
export function idleDelayMs(lane: number, idle: number): number {
  const step = Math.min(longestStep, 1 + Math.floor(lane / lanesPerStep));
  return Math.min(longestIdleMs, firstIdleMs * step * 2 ** Math.min(idle - 1, 10));
}

/**
 * One lane: slice after slice until there is nothing left to take. It rests only while a scan may still bring work. A
 * new generation starts after 120 slices and carries the idle level on.
 */
export const lane: OrchestrationHandler = loggingOwnStack(function* (
  context: OrchestrationContext,
): Generator<Task, LaneResult | undefined, unknown> {
  const input = context.df.getInput<LaneInput>();
  const { idle: _, ...slice }: LaneInput & SliceInput = input;
  let idle = input.idle;
  for (let count = 0; count < slicesPerGeneration; count += 1) {
    if (idle > 0) {
      const delayMs = idleDelayMs(input.lane, idle);
      yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + delayMs));
    }
    const result = (yield context.df.callActivity(names.slice, slice)) as SliceResult;
    if (result.next === 'end') return { end: result.end };
    idle = result.next === 'idle' ? idle + 1 : 0;
  }
  const next: LaneInput = { ...input, idle };
  context.df.continueAsNew(next);
  return undefined;
});
