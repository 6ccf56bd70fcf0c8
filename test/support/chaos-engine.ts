import type { OrchestrationContext, OrchestrationHandler } from 'durable-functions';
import { names } from '../../src/activities/contracts.js';
import type { RunState } from '../../src/functions/supervise-jobs.js';
import { copyJob } from '../../src/orchestrators/copy-job.js';
import { lane } from '../../src/orchestrators/lane.js';
import type { ChaosProcess } from './chaos-process.js';
import type { ChaosTime } from './chaos-time.js';
import type { SeededRandom } from './seeded-random.js';

/** How activities reach workers. */
export interface DeliveryChances {
  /** Share of activities that two workers get. */
  readonly doubled: number;
  /** The second delivery comes up to this much later; 0: at the same time. */
  readonly lateMs: number;
  /** A worker that died is found out after up to this time. */
  readonly redeliverMs: number;
}

export interface EngineParts {
  readonly time: ChaosTime;
  readonly random: SeededRandom;
  readonly chances: DeliveryChances;
  /** A worker that lives; undefined while none does. */
  readonly worker: () => ChaosProcess | undefined;
}

interface PendingTask {
  start(): Promise<unknown>;
}

type Status = 'Running' | 'Completed' | 'Failed';

const handlers: Readonly<Record<string, OrchestrationHandler>> = {
  [names.copyJob]: copyJob,
  [names.lane]: lane,
};

/**
 * A task hub in simulated time, running the real orchestrators. Its orchestrations outlive every worker; activities are
 * delivered at least once, and again when their worker has died.
 */
export class ChaosEngine {
  readonly #parts: EngineParts;
  #instances = new Map<string, Status>();

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Starts a run under its id; a known id changes nothing. */
  startRun(job: string, run: number): void {
    const id = runId(job, run);
    if (!this.#instances.has(id)) void this.#track(id, names.copyJob, { job, run }).catch(() => undefined);
  }

  lookAt(job: string, run: number): RunState {
    const status = this.#instances.get(runId(job, run));
    return status === undefined ? 'unknown' : status === 'Running' ? 'alive' : 'ended';
  }

  /** Everything that the hub knew is gone: no orchestration goes on. Workers finish what they have in hand. */
  lose(): void {
    this.#instances = new Map();
  }

  async #track(id: string, name: string, input: unknown): Promise<unknown> {
    const hub = this.#instances;
    hub.set(id, 'Running');
    try {
      const output = await this.#drive(id, name, input);
      hub.set(id, 'Completed');
      return output;
    } catch (error) {
      hub.set(id, 'Failed');
      throw error;
    }
  }

  async #drive(id: string, name: string, first: unknown): Promise<unknown> {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`no orchestrator ${name}`);
    for (let input = first; ;) {
      const carried: { next?: unknown } = {};
      const output = await this.#play(handler(this.#context(id, input, carried)));
      if (!('next' in carried)) return output;
      input = carried.next;
    }
  }

  async #play(generator: ReturnType<OrchestrationHandler>): Promise<unknown> {
    const hub = this.#instances;
    let step = generator.next();
    while (step.done !== true) {
      const task = step.value as unknown as PendingTask;
      const answer = await task.start().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      if (hub !== this.#instances) return new Promise(() => undefined);
      step = 'error' in answer ? generator.throw(answer.error) : generator.next(answer.value);
    }
    return step.value;
  }

  #context(id: string, input: unknown, carried: { next?: unknown }): OrchestrationContext {
    const { time } = this.#parts;
    const df = {
      instanceId: id,
      version: '1.0',
      isReplaying: false,
      get currentUtcDateTime() {
        return new Date(time.now());
      },
      getInput: () => input,
      setCustomStatus: () => undefined,
      continueAsNew: (next: unknown) => {
        carried.next = next;
      },
      createTimer: (due: Date): PendingTask => ({ start: () => time.sleep(due.getTime() - time.now()) }),
      callActivity: (name: string, given: unknown): PendingTask => ({
        start: () => this.#deliver(name, given),
      }),
      callSubOrchestrator: (name: string, given: unknown, child: string): PendingTask => ({
        start: () => this.#track(child, name, given),
      }),
      Task: {
        all: (tasks: readonly PendingTask[]): PendingTask => ({
          start: () => Promise.all(tasks.map((task) => task.start())),
        }),
      },
    };
    return { df, error: () => undefined } as unknown as OrchestrationContext;
  }

  #deliver(name: string, input: unknown): Promise<unknown> {
    const { time, random, chances } = this.#parts;
    const text = JSON.stringify(input);
    const hub = this.#instances;
    return new Promise((resolve, reject) => {
      let answered = false;
      const attempt = (): void => {
        const worker = this.#parts.worker();
        if (hub !== this.#instances || answered) return;
        if (worker === undefined) {
          time.at(500, attempt);
          return;
        }
        worker.onDeath(() => time.at(random.between(100, chances.redeliverMs), attempt));
        worker
          .invoke(name, JSON.parse(text))
          .then(resolve, reject)
          .finally(() => {
            answered = true;
          });
      };
      time.at(random.between(1, 20), attempt);
      if (random.chance(chances.doubled)) {
        time.at(random.between(1, 20) + random.between(0, chances.lateMs), () => {
          void this.#parts
            .worker()
            ?.invoke(name, JSON.parse(text))
            .then(resolve, () => undefined);
        });
      }
    });
  }
}

function runId(job: string, run: number): string {
  return `${job}.r${String(run)}`;
}
