import { setMaxListeners } from 'node:events';
import { createClose } from '../../src/activities/close.js';
import { names } from '../../src/activities/contracts.js';
import { createGate } from '../../src/activities/gate.js';
import { createPrepare } from '../../src/activities/prepare.js';
import type { ActivityServices } from '../../src/activities/services.js';
import { createSlice } from '../../src/activities/slice.js';
import type { Clock } from '../../src/runtime/clock.js';
import type { StateStore } from '../../src/storage/state-store.js';
import { CopyError } from '../../src/job/copy-error.js';
import { openThroughProcess, stateThroughProcess } from './chaos-stores.js';
import type { ChaosTime } from './chaos-time.js';
import type { ChaosWatch } from './chaos-watch.js';
import type { MemoryCloud } from './memory-store.js';
import type { SeededRandom } from './seeded-random.js';

/** What the network and the state container do to a process's requests. */
export interface ProcessWeather {
  /** Longest way of a request to its service, and of its reply back. */
  readonly latencyMs: number;
  /** Share of requests whose reply takes up to ten minutes. */
  readonly slow: number;
  /** Share of requests to the state container that fail after all retries; half of those writes took effect. */
  stateFailures: number;
  /** Share of conditional state writes that took effect, while others may write before the process learns of it. */
  stateLostReplies: number;
  /** Most objects that one listing page gives. */
  readonly pageSize: number;
}

export interface ProcessParts {
  readonly time: ChaosTime;
  readonly random: SeededRandom;
  readonly weather: ProcessWeather;
  readonly cloud: MemoryCloud;
  readonly state: StateStore;
  readonly watch: ChaosWatch;
  readonly sliceMs: number;
  /** Called when a request reaches its service, before it has any effect there. */
  readonly onRequest: () => void;
}

type Activity = (input: never) => Promise<unknown>;

/**
 * One worker process in simulated time, with the real activities. When it is killed nothing in it goes on; a request
 * that was on its way may still reach its service.
 */
export class ChaosProcess {
  readonly parts: ProcessParts;
  readonly services: ActivityServices;
  #alive = true;
  readonly #activities: Readonly<Record<string, Activity>>;
  readonly #onDeath: (() => void)[] = [];

  constructor(parts: ProcessParts) {
    this.parts = parts;
    const clock: Clock = {
      now: parts.time.now,
      random: parts.time.random,
      sleep: (delayMs, signal) => this.#whileAlive(parts.time.sleep(delayMs, signal)),
    };
    this.services = {
      clock,
      sliceMs: parts.sliceMs,
      sliceAbortMs: parts.sliceMs + 60_000,
      tellsOfEnds: true,
      openAccounts:
        (side, caller) =>
        ({ account }) =>
          openThroughProcess(this, parts.cloud.open(account, side), caller),
      openState: (caller) => stateThroughProcess(this, parts.state, caller),
      log: () => undefined,
    };
    this.#activities = {
      [names.prepare]: createPrepare(this.services),
      [names.gate]: createGate(this.services),
      [names.slice]: createSlice(this.services),
      [names.close]: createClose(this.services),
    };
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
    for (const tell of this.#onDeath.splice(0)) tell();
  }

  /** Called once if the process is killed. */
  onDeath(tell: () => void): void {
    this.#onDeath.push(tell);
  }

  /** Runs an activity; never settles when the process dies. */
  invoke(name: string, input: unknown): Promise<unknown> {
    const activity = this.#activities[name];
    if (activity === undefined) throw new Error(`no activity ${name}`);
    return this.#whileAlive(activity(input as never));
  }

  /** One request: its way there, its effect at the service, its way back. Given up when `signal` aborts. */
  async request<T>(effect: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) throw givenUp();
    const { time, random, weather } = this.parts;
    const outMs = random.next() * weather.latencyMs;
    const backMs = random.chance(weather.slow)
      ? random.between(1000, 600_000)
      : random.next() * weather.latencyMs;
    const survives = random.chance(0.7);
    return this.#orGivenUp(signal, async () => {
      await time.sleep(outMs);
      const gone = !this.#alive || signal?.aborted === true;
      if (gone && !survives) return await never<T>();
      this.parts.onRequest();
      const result = await time.during(() =>
        effect().then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
      );
      await time.sleep(backMs);
      if ('error' in result) throw result.error;
      return result.value;
    });
  }

  async #orGivenUp<T>(signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    const sent = this.#whileAlive(send());
    if (signal === undefined) return sent;
    setMaxListeners(0, signal);
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        if (this.#alive) reject(givenUp());
      };
      signal.addEventListener('abort', onAbort, { once: true });
      sent
        .then(resolve, reject)
        .finally(() => {
          signal.removeEventListener('abort', onAbort);
        })
        .catch(() => undefined);
    });
  }

  async #whileAlive<T>(work: Promise<T>): Promise<T> {
    const answer = await work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (!this.#alive) return never();
    if ('error' in answer) throw answer.error;
    return answer.value;
  }
}

function givenUp(): CopyError {
  return new CopyError('aborted', 'the request was given up', { retryable: false });
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
