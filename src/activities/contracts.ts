import type { CopyErrorCode } from '../job/copy-error.js';
import type { WorkPhase } from '../job/status.js';

/** Names under which functions are registered. Renaming one strands the runs that are in flight. */
export const names = {
  copyJob: 'copyJob',
  lane: 'lane',
  prepare: 'prepare',
  gate: 'gate',
  slice: 'slice',
  close: 'close',
} as const;

/** One run of a job; instance id `<job>.r<run>`. All values here are stored in clear: never names, tokens or URLs. */
export interface RunInput {
  readonly job: string;
  readonly run: number;
}

/**
 * Why a run stopped. `superseded`: a newer run has fenced this one. `unfinished`: its lanes have ended and left work;
 * the next run goes on.
 */
export type EndReason =
  'done' | 'paused' | 'cancelled' | 'superseded' | 'awaiting-approval' | 'failed' | 'unfinished';

export interface PrepareInput extends RunInput {
  /** How often this run has waited for a role to take effect; absent: never. */
  readonly waits?: number;
}

/** Most waits of one run. */
export const mostWaits = 20;

/** A role is missing that may just have been given: ask again after so long. */
export interface PrepareWait {
  readonly ok: false;
  readonly waitMs: number;
}

export type PrepareResult =
  | PrepareWait
  | {
      readonly ok: true;
      readonly lanes: number;
      readonly phases: readonly WorkPhase[];
      /** Lanes that find something at once: all of them, or as many as can scan while nothing is listed. */
      readonly awake: number;
    }
  | { readonly ok: false; readonly end: EndReason; readonly code?: CopyErrorCode | 'unexpected' };

export interface GateInput extends RunInput {
  readonly phase: WorkPhase;
}
/**
 * `skip`: this phase has nothing to do, go on with the next. `first`: slices that begin the phase, before it is known how
 * many lanes it needs; absent: all lanes begin.
 */
export type GateResult =
  | { readonly go: 'yes'; readonly first?: number }
  | { readonly go: 'skip' }
  | { readonly go: 'no'; readonly end: EndReason };

export interface LaneInput extends GateInput {
  readonly lane: number;
  /** Idle slices in a row so far; above 0 the lane rests before its first slice. Carried over continueAsNew. */
  readonly idle: number;
  /** Lanes that share the requests in flight; absent: as many as the board says. */
  readonly sharing?: number;
}
export interface LaneResult {
  readonly end: EndReason;
}

export interface SliceInput extends GateInput {
  readonly lane: number;
  /** Lanes that share the requests in flight; absent: as many as the board says. */
  readonly sharing?: number;
  /** It begins the phase: it lists, and leaves to lanes what is more than one unit. */
  readonly first?: boolean;
}
/**
 * `more`: call again at once; a first slice says how many lanes the phase needs now, how many of them find something at
 * once, and how many units nobody holds. `idle`: nothing to take now, a scan may bring work.
 */
export type SliceResult =
  | { readonly next: 'more'; readonly lanes?: number; readonly awake?: number; readonly ready?: number }
  | { readonly next: 'idle' }
  | { readonly next: 'end'; readonly end: EndReason };

export interface CloseInput extends RunInput {
  readonly end: EndReason;
}
export interface CloseResult {
  readonly status: string;
}
