import { InvocationContext } from '@azure/functions';
import type { JobStatus } from '../../src/job/status.js';
import type { Board } from '../../src/record/board.js';
import { releaseDestination } from '../../src/record/active.js';
import type { JobRecord } from '../../src/record/job-record.js';
import { stateNames } from '../../src/record/refs.js';
import { scheduleJobs } from '../../src/functions/schedule-jobs.js';
import type { StateStore } from '../../src/storage/state-store.js';
import { createMemoryStateStore, type MemoryStateStore } from './memory-state-store.js';
import { createStepClock, type StepClock } from './step-clock.js';

/** One host of a world: a clock of its own, and a life that can end at any request. */
export interface ScheduleHost {
  look(): Promise<void>;
  /** The host dies at its n-th request from now on, before or after that request takes effect. */
  dieAfter(requests: number, when: 'before' | 'after'): void;
  /** It met its end; nothing of it reaches the container any more. */
  readonly isDead: boolean;
  restart(): void;
}

/** Schedules over a state container in memory; jobs do nothing and end after a while. */
export interface ScheduleWorld {
  readonly state: MemoryStateStore;
  readonly clock: StepClock;
  /** How long each job runs. */
  jobMinutes: number;
  /** How jobs end that nobody cancels. */
  endAs: (record: JobRecord) => JobStatus;
  /** Present: does what the job is to do, and ends it, instead of `endAs`. */
  perform?: (record: JobRecord) => Promise<unknown>;
  /** Of each job that was started, once: policy and time. */
  readonly started: JobRecord[];
  /** Jobs whose cancellation was asked for. */
  readonly cancelled: string[];
  readonly logged: Record<string, unknown>[];
  host(skewMs?: number): ScheduleHost;
  /** One host looks every minute until then; jobs run meanwhile. */
  until(time: string): Promise<void>;
  /** Begins jobs that nobody could start any more, and ends those whose time is up, or whose cancellation is asked for. */
  work(): Promise<void>;
  startedFor(policy: string): readonly string[];
}

const minuteMs = 60_000;

export class HostDied extends Error {
  override readonly name = 'HostDied';
}

export function createScheduleWorld(startMs: number): ScheduleWorld {
  const clock = createStepClock({ startMs });
  const state = createMemoryStateStore(clock);
  const running = new Map<string, number>();
  const only = hostOf();
  const world: ScheduleWorld = {
    state,
    clock,
    jobMinutes: 1,
    endAs: () => 'Completed',
    started: [],
    cancelled: [],
    logged: [],
    host: hostOf,
    until: async (time) => {
      while (clock.now() < Date.parse(time)) {
        clock.advance(minuteMs);
        await world.work();
        await only.look();
      }
    },
    work: async () => {
      // As the timer that looks after jobs does: a run that was recorded and never started is started.
      for (const name of state.names(stateNames.active)) {
        const job = name.slice(stateNames.active.length);
        if (state.text(stateNames.board(job)) !== undefined) begin(job);
      }
      for (const [job, endMs] of running) {
        const board = JSON.parse(state.text(stateNames.board(job)) ?? '') as Board;
        if (board.desired === 'cancel') world.cancelled.push(job);
        if (clock.now() < endMs && board.desired === 'run') continue;
        running.delete(job);
        const record = JSON.parse(state.text(stateNames.record(job)) ?? '') as JobRecord;
        if (world.perform !== undefined && board.desired === 'run') {
          await world.perform(record);
          continue;
        }
        const status = board.desired === 'run' ? world.endAs(record) : 'Cancelled';
        await state.put(stateNames.board(job), JSON.stringify({ ...board, status }));
        await releaseDestination(state, job);
      }
    },
    startedFor: (policy) =>
      world.started.flatMap((record) => (record.policy?.name === policy ? [record.policy.dueAt] : [])),
  };
  return world;

  function hostOf(skewMs = 0): ScheduleHost {
    let life = mortal(state);
    return {
      look: () =>
        scheduleJobs(
          {
            accounts: [],
            state: life.state,
            clock: { ...clock, now: () => clock.now() + skewMs },
            randomBytes: () => {
              throw new Error('a schedule leaves nothing to chance');
            },
            startRun: (job) => {
              life.step();
              begin(job);
              return Promise.resolve();
            },
            log: (event, fields) => {
              world.logged.push({ event, ...fields });
            },
          },
          new InvocationContext({ functionName: 'schedule', logHandler: () => undefined }),
        ),
      dieAfter: (requests, when) => {
        life = mortal(state, requests, when);
      },
      get isDead() {
        return life.isOver();
      },
      restart: () => {
        life = mortal(state);
      },
    };
  }

  /** The orchestration of a run begins: once, whoever asks. */
  function begin(job: string): void {
    if (world.started.some(({ id }) => id === job)) return;
    world.started.push(JSON.parse(state.text(stateNames.record(job)) ?? '') as JobRecord);
    running.set(job, clock.now() + world.jobMinutes * minuteMs);
  }
}

/** A view of the container that fails for good from some request on. */
function mortal(
  state: StateStore,
  requests = Infinity,
  when: 'before' | 'after' = 'before',
): { readonly state: StateStore; step(): void; isOver(): boolean } {
  let left = requests;
  const run = async <T>(request: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left < 0 || (left === 0 && when === 'before')) throw new HostDied();
    const answer = await request();
    if (left === 0) throw new HostDied();
    return answer;
  };
  return {
    isOver: () => left <= 0,
    step: () => {
      left -= 1;
      if (left <= 0) throw new HostDied();
    },
    state: {
      get: (name) => run(() => state.get(name)),
      put: (name, body, options) => run(() => state.put(name, body, options)),
      list: (prefix, token, limit) => run(() => state.list(prefix, token, limit)),
      delete: (name) => run(() => state.delete(name)),
    },
  };
}
