import { ActivityPump } from './activity-pump.js';
import type { DurableEngineOptions } from './engine-options.js';
import type { OutgoingTask } from './instance.js';
import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

type ActivityTask = Extract<OutgoingTask, { kind: 'activity' }>;

/** Runs activity functions, within the limit of the settings. */
export interface ActivityDispatch {
  dispatch(instanceId: string, executionId: string, task: ActivityTask): void;
  /** Starts nothing more; what runs goes on. */
  stop(): void;
  readonly running: number;
}

export interface ActivityDispatchParts {
  readonly options: DurableEngineOptions;
  /** Takes the completion row; called once for each delivery. */
  readonly complete: (instanceId: string, executionId: string, row: HistoryEvent) => void;
}

function exceptionDetails(error: Error): string {
  return JSON.stringify({
    $type: 'System.Exception',
    ClassName: 'System.Exception',
    Message: error.message,
    StackTraceString: error.stack ?? null,
  });
}

/** What the extension writes for a result or a failure. */
async function completionRow(
  options: DurableEngineOptions,
  instanceId: string,
  task: ActivityTask,
): Promise<HistoryEvent> {
  const common = (): Pick<HistoryEvent, 'EventId' | 'Timestamp' | 'TaskScheduledId'> => ({
    EventId: -1,
    Timestamp: new Date(options.time.now()).toISOString(),
    TaskScheduledId: task.taskId,
  });
  try {
    const result = await options.invoker.invoke('activity', task.name, task.input, instanceId);
    return { EventType: HistoryEventType.TaskCompleted, ...common(), Result: result ?? 'null' };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return {
      EventType: HistoryEventType.TaskFailed,
      ...common(),
      Reason: `Activity function '${task.name}' failed: ${error.message}`,
      Details: exceptionDetails(error),
    };
  }
}

/** Deliveries count against the limit each for itself, as queue messages do. */
export function createActivityDispatch({ options, complete }: ActivityDispatchParts): ActivityDispatch {
  const pump = new ActivityPump(options.settings.maxConcurrentActivityFunctions);
  return {
    dispatch: (instanceId, executionId, task) => {
      const deliverOnce = (): void => {
        pump.enqueue(async () => {
          complete(instanceId, executionId, await completionRow(options, instanceId, task));
        });
      };
      const delivery = options.deliver?.(task.name, instanceId, task.taskId) ?? 'once';
      deliverOnce();
      if (delivery === 'twice') {
        deliverOnce();
      } else if (delivery !== 'once') {
        options.time.setTimer(delivery.lateMs, deliverOnce);
      }
    },
    stop: () => {
      pump.stop();
    },
    get running() {
      return pump.running;
    },
  };
}
