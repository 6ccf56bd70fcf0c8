import { isoTime } from '../../../runtime/clock.js';
import type { Clock } from '../../../runtime/clock.js';
import type { RegisteredFunction } from '../app-registry.js';
import { SystemError, toError } from '../system-error.js';
import { parseTimerSchedule } from './timer-schedule.js';
import type { TimerSchedule } from './timer-schedule.js';
import type { TimerStatus, TimerStatusFile } from './timer-status.js';
import type { TriggerOptions } from './trigger-options.js';
import { jsonData } from '../typed-data.js';

/** Binding type of timer functions, as the registry spells it. */
export const TIMER_TRIGGER = 'timertrigger';

/** A timer is waited for in hops of this length, so that a machine that slept notices soon after waking. */
const LONGEST_WAIT_MS = 60_000;
/** Schedules shorter than this are not monitored over restarts, as in Azure. */
const SHORTEST_MONITORED_MS = 60_000;
/** Later than this, a firing is reported as past due. */
const PAST_DUE_MS = 60_000;
/** What the extension sends for "never". */
const NEVER = '0001-01-01T00:00:00';

export interface TimersOptions extends TriggerOptions {
  readonly statusFile: TimerStatusFile;
}

/** The timer functions of an app. A function never runs twice at once, however it is fired. */
export interface Timers {
  start(): void;
  /** Fires one timer now, after the run under way; `input` replaces fields of the payload. False: no such timer. */
  fire(functionName: string, input?: Readonly<Record<string, unknown>>): boolean;
  /** No firing begins after this call. Resolves when the runs under way have ended and all status is saved. */
  stop(): Promise<void>;
}

interface Timer {
  readonly fn: RegisteredFunction;
  readonly schedule: TimerSchedule;
  readonly monitored: boolean;
  readonly runOnStartup: boolean;
  status: TimerStatus;
  /** Settles when the last run asked for has ended. */
  queue: Promise<unknown>;
}

/** Reads all schedules, so that a wrong one fails the start. Throws a SystemError. */
export function createTimers(options: TimersOptions): Timers {
  const stopped = new AbortController();
  const timers = new Map(
    options.registry
      .functions()
      .filter((fn) => fn.trigger.type === TIMER_TRIGGER)
      .map((fn) => [fn.name, createTimer(fn, options)]),
  );
  const loops: Promise<void>[] = [];
  return {
    start: () => {
      for (const timer of timers.values()) {
        const loop = runTimer(timer, options, stopped.signal).catch((thrown: unknown) => {
          const message = `Timer "${timer.fn.name}" has stopped: ${toError(thrown).message}`;
          options.log({ level: 'error', category: 'system', message, functionName: timer.fn.name });
        });
        loops.push(loop);
      }
    },
    fire: (functionName, input = {}) => {
      const timer = timers.get(functionName);
      if (timer === undefined || stopped.signal.aborted) {
        return false;
      }
      void enqueue(timer, options, stopped.signal, () => ({ ...timerPayload(timer, false), ...input }));
      return true;
    },
    stop: async () => {
      stopped.abort();
      await Promise.all([...loops, ...[...timers.values()].map((timer) => timer.queue)]);
    },
  };
}

/** Runs a timer after the runs asked for before; false when the host was stopped first. */
function enqueue(
  timer: Timer,
  options: TimersOptions,
  stopped: AbortSignal,
  payload: () => Record<string, unknown>,
): Promise<boolean> {
  const run = timer.queue.then(async () => {
    if (stopped.aborted) {
      return false;
    }
    // The invoker has logged a failure; the schedule goes on.
    await options.invoker.invoke(timer.fn, { data: jsonData(payload()) }).catch(() => undefined);
    return true;
  });
  timer.queue = run;
  return run;
}

async function runTimer(timer: Timer, options: TimersOptions, stopped: AbortSignal): Promise<void> {
  await saveStatus(timer, options);
  const startedAt = options.clock.now();
  const missed = Date.parse(timer.status.next) <= startedAt;
  if (missed || timer.runOnStartup) {
    const ran = await enqueue(timer, options, stopped, () => timerPayload(timer, missed));
    if (missed && ran) {
      await advance(timer, options, startedAt);
    }
  }
  while (await waitUntil(Date.parse(timer.status.next), options.clock, stopped)) {
    const dueAt = Date.parse(timer.status.next);
    const isPastDue = options.clock.now() - dueAt > PAST_DUE_MS;
    const ran = await enqueue(timer, options, stopped, () => timerPayload(timer, isPastDue));
    if (!ran || !(await advance(timer, options, dueAt))) {
      return;
    }
  }
}

function createTimer(fn: RegisteredFunction, options: TimersOptions): Timer {
  const { binding } = fn.trigger;
  const schedule = parseTimerSchedule(binding['schedule'], options.settings, `Timer "${fn.name}"`);
  const now = options.clock.now();
  const first = schedule.next(now);
  if (first === undefined) {
    throw new SystemError(`Timer "${fn.name}": "${schedule.text}" never comes.`);
  }
  const second = schedule.next(first) ?? Infinity;
  const monitored = binding['useMonitor'] !== false && second - first >= SHORTEST_MONITORED_MS;
  const fresh: TimerStatus = {
    schedule: schedule.text,
    next: new Date(first).toISOString(),
    lastUpdated: isoTime(options.clock),
  };
  const known = monitored ? options.statusFile.get(fn.name) : undefined;
  return {
    fn,
    schedule,
    monitored,
    runOnStartup: binding['runOnStartup'] === true,
    // Under another schedule nothing was missed.
    status: known?.schedule === schedule.text ? known : fresh,
    queue: Promise.resolve(),
  };
}

/** Notes a firing and sets the next time, counted from now: what was missed during a long run is not made up for. */
async function advance(timer: Timer, options: TimersOptions, firedAtMs: number): Promise<boolean> {
  const now = options.clock.now();
  const next = timer.schedule.next(now);
  if (next === undefined) {
    return false;
  }
  timer.status = {
    schedule: timer.schedule.text,
    last: new Date(firedAtMs).toISOString(),
    next: new Date(next).toISOString(),
    lastUpdated: new Date(now).toISOString(),
  };
  await saveStatus(timer, options);
  return true;
}

/** A status that cannot be saved costs at most a firing too many after a restart, so the schedule goes on. */
async function saveStatus(timer: Timer, options: TimersOptions): Promise<void> {
  if (!timer.monitored) {
    return;
  }
  try {
    await options.statusFile.set(timer.fn.name, timer.status);
  } catch (thrown) {
    const message = `The status of timer "${timer.fn.name}" was not saved: ${toError(thrown).message}`;
    options.log({ level: 'error', category: 'system', message, functionName: timer.fn.name });
  }
}

async function waitUntil(dueAtMs: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    for (let restMs = dueAtMs - clock.now(); restMs > 0; restMs = dueAtMs - clock.now()) {
      await clock.sleep(Math.min(restMs, LONGEST_WAIT_MS), signal);
    }
  } catch (thrown) {
    if (!signal.aborted) {
      throw thrown;
    }
  }
  return !signal.aborted;
}

function timerPayload(timer: Timer, isPastDue: boolean): Record<string, unknown> {
  const { last, next, lastUpdated } = timer.status;
  return {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: { Last: last ?? NEVER, Next: next, LastUpdated: lastUpdated },
    IsPastDue: isPastDue,
  };
}
