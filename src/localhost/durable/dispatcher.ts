import { createActivityDispatch } from './activity-dispatch.js';
import type { ActivityDispatch } from './activity-dispatch.js';
import { createChildMessages, failureReason } from './child-messages.js';
import type { ChildMessages } from './child-messages.js';
import { DurableTimers } from './durable-timers.js';
import type { DurableEngineOptions } from './engine-options.js';
import { controlEpisode, runEpisode } from './episode.js';
import { FinishWaiters } from './finish-waiters.js';
import { createInstanceControl } from './instance-control.js';
import type { InstanceControl } from './instance-control.js';
import { completedTaskId, isFinished } from './instance.js';
import type { Instance, OutgoingTask } from './instance.js';
import type { InstanceStore } from './instance-store.js';
import { episodeRows } from './journal-record.js';
import type { EpisodeRecord } from './journal-record.js';
import { nextBatch } from './next-batch.js';
import type { Batch } from './next-batch.js';
import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

export interface DispatcherParts {
  readonly options: DurableEngineOptions;
  readonly store: InstanceStore;
  readonly newId: () => string;
  /** Told that the journal, or the engine itself, has failed. */
  readonly fault: (error: unknown) => void;
}

/** Moves instances along: one episode at a time for each, its effects only when the episode is durable. */
export class Dispatcher {
  readonly control: InstanceControl;
  readonly #parts: DispatcherParts;
  readonly #activities: ActivityDispatch;
  readonly #timers: DurableTimers;
  readonly #children: ChildMessages;
  readonly #waiters: FinishWaiters;
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  #mode: 'running' | 'draining' | 'halted' = 'running';
  #whenIdle: () => void = () => undefined;

  constructor(parts: DispatcherParts) {
    const { options, store, newId } = parts;
    const complete = (instanceId: string, executionId: string, row: HistoryEvent): void => {
      this.#complete(instanceId, executionId, row);
    };
    this.#parts = parts;
    this.#timers = new DurableTimers(options.time);
    this.#waiters = new FinishWaiters(options.time);
    this.#activities = createActivityDispatch({
      options,
      complete: (...completion) => {
        complete(...completion);
        this.#tellIdle();
      },
    });
    const wake = (instanceId: string): void => {
      this.#wake(instanceId);
    };
    this.control = createInstanceControl({ options, store, newId, wake, waiters: this.#waiters });
    this.#children = createChildMessages({
      store,
      control: this.control,
      complete,
      now: () => options.time.now(),
    });
  }

  /** Dispatches again what has no completion, and goes on with every inbox. */
  recover(unfinished: readonly Instance[]): void {
    for (const instance of unfinished) {
      for (const task of [...instance.open.values()]) {
        this.#dispatch(instance, task);
      }
      this.#wake(instance.fields.id);
    }
  }

  /** Starts nothing new and waits for running invocations, at most `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    if (this.#mode === 'halted') {
      return;
    }
    this.#mode = 'draining';
    this.#activities.stop();
    this.#timers.cancelAll();
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        const cancel = this.#parts.options.time.setTimer(graceMs, resolve);
        this.#whenIdle = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  /** From now on nothing happens, whatever is still running. */
  halt(): void {
    this.#mode = 'halted';
    this.#activities.stop();
    this.#timers.cancelAll();
  }

  #wake(instanceId: string): void {
    this.#ready.add(instanceId);
    const limit = this.#parts.options.settings.maxConcurrentOrchestratorFunctions;
    for (const id of this.#ready) {
      if (this.#mode !== 'running' || this.#busy.size >= limit) {
        return;
      }
      if (!this.#busy.has(id)) {
        this.#ready.delete(id);
        this.#startEpisode(id);
      }
    }
  }

  #startEpisode(id: string): void {
    const instance = this.#parts.store.get(id);
    if (instance === undefined || nextBatch(instance) === undefined) {
      return;
    }
    this.#busy.add(id);
    this.#watch(
      this.#episode(instance).finally(() => {
        this.#busy.delete(id);
        this.#tellIdle();
        this.#wake(id);
      }),
    );
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#parts.fault(error);
    });
  }

  async #episode(instance: Instance): Promise<void> {
    // A turn of the event loop lets completions of the same moment share the episode.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = nextBatch(instance);
    if (batch === undefined) {
      return;
    }
    const record = await this.#decide(instance, batch);
    if (this.#mode === 'halted') {
      return;
    }
    this.#tellGeneration(instance, record);
    await this.#parts.store.commit(record);
    this.#afterEpisode(instance, record);
  }

  async #decide(instance: Instance, batch: Batch): Promise<EpisodeRecord> {
    const { store, options, newId } = this.#parts;
    const atMs = Math.max(options.time.now(), instance.fields.updatedAtMs);
    if (batch.kind !== 'run') {
      return controlEpisode(instance, batch, atMs);
    }
    return runEpisode(instance, batch, {
      invoker: options.invoker,
      strict: options.strict,
      defaultVersion: options.settings.defaultVersion ?? '',
      playedText: store.playedText(instance),
      atMs,
      newExecutionId: newId,
      nextSeq: () => store.nextSeq(),
    });
  }

  #tellGeneration(instance: Instance, record: EpisodeRecord): void {
    const { fields } = instance;
    if (record.renewed !== undefined || isFinished(record.status)) {
      this.#parts.options.onGeneration?.({
        instanceId: fields.id,
        parentInstanceId: fields.parent?.instanceId ?? null,
        name: fields.name,
        generation: fields.rowsPerGeneration.length - 1,
        history: [...instance.history, ...episodeRows(instance, record)],
      });
    }
  }

  #afterEpisode(instance: Instance, record: EpisodeRecord): void {
    const { fields } = instance;
    const { id: instanceId, name } = fields;
    if (isFinished(record.status)) {
      const reason = record.status === 'Failed' ? { reason: failureReason(fields) } : {};
      this.#timers.cancel(instanceId);
      this.#parts.options.log({ type: 'finished', instanceId, name, status: record.status, ...reason });
      this.#waiters.tell(instanceId);
      this.#children.tellParent(fields);
    } else if (record.renewed !== undefined) {
      this.#timers.cancel(instanceId);
      this.#parts.options.log({ type: 'continuedAsNew', instanceId, name });
    } else {
      for (const task of record.out) {
        this.#dispatch(instance, task);
      }
    }
  }

  #dispatch(instance: Instance, task: OutgoingTask): void {
    const { id, executionId } = instance.fields;
    if (this.#mode !== 'running') {
      return;
    }
    if (task.kind === 'activity') {
      this.#activities.dispatch(id, executionId, task);
    } else if (task.kind === 'child') {
      this.#watch(this.#children.start(instance.fields, task));
    } else {
      this.#timers.schedule(id, task.fireAtMs, () => {
        this.#complete(id, executionId, {
          EventType: HistoryEventType.TimerFired,
          EventId: -1,
          Timestamp: new Date(this.#parts.options.time.now()).toISOString(),
          TimerId: task.taskId,
          FireAt: new Date(task.fireAtMs).toISOString(),
        });
      });
    }
  }

  /** Takes the first completion of a task; a second one, or one for an earlier generation, is dropped. */
  #complete(instanceId: string, executionId: string, row: HistoryEvent): void {
    if (this.#mode === 'halted') {
      return;
    }
    const instance = this.#parts.store.get(instanceId);
    const taskId = completedTaskId(row) ?? -1;
    if (instance?.fields.executionId !== executionId || !instance.open.has(taskId)) {
      this.#parts.options.log({ type: 'duplicateDropped', instanceId, taskId });
      return;
    }
    this.#watch(this.control.send(instanceId, row));
  }

  #isIdle(): boolean {
    return this.#activities.running === 0 && this.#busy.size === 0;
  }

  /** Asked after the work that ends has left the counts. */
  #tellIdle(): void {
    if (this.#mode === 'draining') {
      setImmediate(() => {
        if (this.#isIdle()) {
          this.#whenIdle();
        }
      });
    }
  }
}
