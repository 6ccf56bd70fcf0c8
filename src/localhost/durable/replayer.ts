import { EventWaiters } from './event-waiters.js';
import { describeTask } from './decision.js';
import type { Decision } from './decision.js';
import { ActionType, HistoryEventType, longTimerHopMs, maximumShortTimerMs } from './protocol.js';
import type { HistoryEvent, OrchestratorAction, RetryOptions } from './protocol.js';
import { settle, settledAs, unsettled, whenSettled } from './settling.js';
import type { Settling } from './settling.js';
import { TaskTable } from './task-table.js';

/** What the host knows after running the action list against the history. */
export interface ReplayOutcome {
  /** Started, but without a row in the history: to be scheduled now. Ascending ids. */
  readonly decisions: readonly Decision[];
  /** Every listed action has settled. */
  readonly settled: boolean;
  /** Tasks that have started and not completed. While there is one, the host neither completes nor continues as new. */
  readonly openTasks: number;
  /** Set when the orchestrator asked for a new generation. */
  readonly continueAsNew: { readonly input: unknown } | undefined;
  /** A scheduled row disagrees with what the actions schedule. */
  readonly nonDeterminism: string | undefined;
  /** An action that this host refuses. */
  readonly refused: string | undefined;
  /** A started and unfinished task was listed again inside Task.any or Task.all: the host starts it a second time. */
  readonly relisted: string | undefined;
}

/** Who is replayed: a child may not take the id of its parent or grandparent. */
export interface ReplayContext {
  readonly instanceId: string;
  readonly parentInstanceId: string | null;
}

const unsupported: Readonly<Record<number, string>> = {
  [ActionType.CallEntity]: 'entities',
  [ActionType.SignalEntity]: 'entities',
  [ActionType.ScheduledSignalEntity]: 'entities',
  [ActionType.CallHttp]: 'callHttp',
  [ActionType.LockEntities]: 'entity locks',
  [ActionType.ReleaseEntities]: 'entity locks',
};

/** Rows that settle a task; true when it failed. */
const completions: ReadonlyMap<number, boolean> = new Map([
  [HistoryEventType.TaskCompleted, false],
  [HistoryEventType.SubOrchestrationInstanceCompleted, false],
  [HistoryEventType.TimerFired, false],
  [HistoryEventType.TaskFailed, true],
  [HistoryEventType.SubOrchestrationInstanceFailed, true],
]);

const scheduledTypes: ReadonlySet<number> = new Set([
  HistoryEventType.TaskScheduled,
  HistoryEventType.TimerCreated,
  HistoryEventType.SubOrchestrationInstanceCreated,
]);

const singleAttempt: RetryOptions = { firstRetryIntervalInMilliseconds: 1, maxNumberOfAttempts: 1 };

class Replay {
  readonly #context: ReplayContext;
  readonly #actions: readonly OrchestratorAction[];
  readonly #tasks = new TaskTable();
  readonly #events = new EventWaiters();
  readonly #started = new Map<string, { readonly step: number; readonly task: Settling }>();
  #step = -1;
  #nowMs = 0;
  #settled = false;
  #continueAsNew: { readonly input: unknown } | undefined;
  #nonDeterminism: string | undefined;
  #refused: string | undefined;
  #relisted: string | undefined;

  constructor(actions: readonly OrchestratorAction[], context: ReplayContext) {
    this.#actions = actions;
    this.#context = context;
  }

  run(history: readonly HistoryEvent[]): ReplayOutcome {
    for (const row of history) {
      this.#process(row);
      if (this.#nonDeterminism !== undefined) {
        break;
      }
    }
    return {
      decisions: this.#tasks.unscheduled,
      settled: this.#settled,
      openTasks: this.#tasks.openCount,
      continueAsNew: this.#continueAsNew,
      nonDeterminism: this.#nonDeterminism,
      refused: this.#refused,
      relisted: this.#relisted,
    };
  }

  #process(row: HistoryEvent): void {
    const failed = completions.get(row.EventType);
    if (failed !== undefined) {
      this.#tasks.complete(row.TaskScheduledId ?? row.TimerId, failed);
    } else if (scheduledTypes.has(row.EventType)) {
      this.#nonDeterminism = this.#tasks.match(row);
    } else if (row.EventType === HistoryEventType.OrchestratorStarted) {
      this.#nowMs = Math.max(this.#nowMs, Date.parse(row.Timestamp));
    } else if (row.EventType === HistoryEventType.ExecutionStarted) {
      this.#next();
    } else if (row.EventType === HistoryEventType.EventRaised) {
      this.#events.raise(row.Name ?? '');
    }
  }

  /** Starts action after action; each must settle before the next one starts. */
  #next(): void {
    for (;;) {
      this.#step += 1;
      const action = this.#actions[this.#step];
      if (action === undefined) {
        this.#settled = true;
        return;
      }
      const started = this.#start(action, false);
      if (!started.done) {
        whenSettled(started, () => {
          this.#next();
        });
        return;
      }
    }
  }

  #start(action: OrchestratorAction, inCompound: boolean): Settling {
    switch (action.actionType) {
      case ActionType.WhenAll:
      case ActionType.WhenAny:
        return this.#startCompound(action);
      case ActionType.WaitForExternalEvent:
        return this.#events.wait(action.externalEventName ?? '');
      case ActionType.ContinueAsNew:
        this.#continueAsNew = { input: action.input };
        return settledAs('completed');
      default:
        return this.#startTask(action, inCompound);
    }
  }

  /** The list is JSON, so a task listed again looks like a new one; equal text while the first still runs tells them apart. */
  #startTask(action: OrchestratorAction, inCompound: boolean): Settling {
    const key = JSON.stringify(action);
    const earlier = this.#started.get(key);
    const isRunning = earlier?.task.done === false;
    if (inCompound && isRunning && earlier.step < this.#step) {
      this.#relisted ??=
        `${describeTask(action)}, started by yield ${String(earlier.step + 1)} and still running, ` +
        `is listed again by yield ${String(this.#step + 1)}`;
    }
    const task = this.#startAtomic(action);
    if (!isRunning) {
      this.#started.set(key, { step: this.#step, task });
    }
    return task;
  }

  #startAtomic(action: OrchestratorAction): Settling {
    switch (action.actionType) {
      case ActionType.CallActivity:
      case ActionType.CallSubOrchestrator:
        return this.#call(action);
      case ActionType.CallActivityWithRetry:
      case ActionType.CallSubOrchestratorWithRetry:
        return this.#callWithRetry(action, action.retryOptions ?? singleAttempt);
      case ActionType.CreateTimer:
        return this.#startTimer(Date.parse(action.fireAt ?? ''), action.isCanceled === true);
      default:
        return this.#refuse(
          `this host does not support ${unsupported[action.actionType] ?? `action type ${String(action.actionType)}`}`,
        );
    }
  }

  #refuse(reason: string): Settling {
    this.#refused ??= reason;
    return settledAs('failed');
  }

  /** The host waits for every child of a WhenAll, also after one has failed. */
  #startCompound(action: OrchestratorAction): Settling {
    const children = (action.compoundActions ?? []).map((child) => this.#start(child, true));
    const compound = unsettled();
    let running = children.length;
    for (const child of children) {
      whenSettled(child, () => {
        running -= 1;
        if (running === 0 || action.actionType === ActionType.WhenAny) {
          settle(compound, child.failed);
        }
      });
    }
    return compound;
  }

  #call(action: OrchestratorAction): Settling {
    const task = unsettled();
    const finish = (failed: boolean): void => {
      settle(task, failed);
    };
    const name = action.functionName ?? '';
    const input = action.input;
    if (
      action.actionType === ActionType.CallActivity ||
      action.actionType === ActionType.CallActivityWithRetry
    ) {
      this.#tasks.schedule((id) => ({ kind: 'activity', id, name, input }), finish);
      return task;
    }
    const instanceId = action.instanceId === '' ? undefined : (action.instanceId ?? undefined);
    if (instanceId !== undefined && this.#isOwnOrParent(instanceId.toLowerCase())) {
      return this.#refuse(
        'The instance ID of a sub-orchestration must be different than the instance ID of a parent orchestration.',
      );
    }
    const version = action.version ?? undefined;
    this.#tasks.schedule((id) => ({ kind: 'child', id, name, instanceId, version, input }), finish);
    return task;
  }

  #isOwnOrParent(wanted: string): boolean {
    return [this.#context.instanceId, this.#context.parentInstanceId].some(
      (id) => id?.toLowerCase() === wanted,
    );
  }

  /**
   * After the last failed attempt the host still makes a timer, due at once, and the SDK counts on it. When the retry timeout
   * has passed it makes none, and the SDK waits for ever: kept as it is, so that a test sees it.
   */
  #callWithRetry(action: OrchestratorAction, retry: RetryOptions): Settling {
    const task = unsettled();
    const expiresMs = this.#nowMs + (retry.retryTimeoutInMilliseconds ?? Number.POSITIVE_INFINITY);
    const attempt = (count: number): void => {
      const inner = this.#call(action);
      whenSettled(inner, () => {
        if (!inner.failed || this.#nowMs >= expiresMs) {
          settle(task, inner.failed);
          return;
        }
        const isLast = count >= retry.maxNumberOfAttempts;
        this.#scheduleTimer(this.#nowMs + (isLast ? 0 : retryDelayMs(retry, count)), () => {
          if (isLast) {
            settle(task, true);
          } else {
            attempt(count + 1);
          }
        });
      });
    };
    attempt(1);
    return task;
  }

  #startTimer(fireAtMs: number, isCanceled: boolean): Settling {
    const timer = unsettled();
    const isLong = fireAtMs - this.#nowMs > maximumShortTimerMs;
    const hop = (atMs: number): number =>
      this.#scheduleTimer(atMs, () => {
        const remainingMs = fireAtMs - this.#nowMs;
        if (!isLong || remainingMs <= 0) {
          settle(timer, false);
        } else {
          hop(this.#nowMs + Math.min(remainingMs, longTimerHopMs));
        }
      });
    const id = hop(isLong ? this.#nowMs + longTimerHopMs : fireAtMs);
    if (isCanceled) {
      this.#tasks.abandon(id);
      settle(timer, true);
    }
    return timer;
  }

  #scheduleTimer(fireAtMs: number, fired: () => void): number {
    return this.#tasks.schedule((id) => ({ kind: 'timer', id, fireAtMs }), fired);
  }
}

function retryDelayMs(retry: RetryOptions, count: number): number {
  const delayMs = retry.firstRetryIntervalInMilliseconds * (retry.backoffCoefficient ?? 1) ** (count - 1);
  return Math.min(delayMs, retry.maxRetryIntervalInMilliseconds ?? maximumShortTimerMs);
}

/**
 * Runs the action list of an orchestrator against its history, as the Durable extension does: it starts action k, waits until
 * it settles, then starts k + 1, counting ids from 0. Pure: the same arguments give the same outcome.
 */
export function replay(
  actions: readonly OrchestratorAction[],
  history: readonly HistoryEvent[],
  context: ReplayContext,
): ReplayOutcome {
  return new Replay(actions, context).run(history);
}
