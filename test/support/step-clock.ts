import type { Clock } from '../../src/runtime/clock.js';

/** A clock that moves only when told to, or when somebody sleeps on it: sleeping costs no real time. */
export interface StepClock extends Clock {
  advance(delayMs: number): void;
  /** Every delay that was slept, in order. */
  readonly slept: readonly number[];
}

/** Starts at 2026-01-01T00:00:00Z. `random` gives a fixed sequence for the same seed. */
export function createStepClock(
  options: { readonly startMs?: number; readonly seed?: number } = {},
): StepClock {
  let nowMs = options.startMs ?? Date.UTC(2026, 0, 1);
  let state = options.seed ?? 1;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    random: () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    },
    advance: (delayMs) => {
      nowMs += delayMs;
    },
    sleep: async (delayMs, signal) => {
      signal?.throwIfAborted();
      slept.push(delayMs);
      nowMs += delayMs;
      await Promise.resolve();
      signal?.throwIfAborted();
    },
  };
}
