import type { InstanceControl } from './instance-control.js';
import { isFinished } from './instance.js';
import type { InstanceFields, OutgoingTask, ParentLink } from './instance.js';
import type { InstanceStore } from './instance-store.js';
import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

/** What parents and children tell each other. */
export interface ChildMessages {
  /** Starts a child, unless this very task has started it before. */
  start(parent: InstanceFields, task: Extract<OutgoingTask, { kind: 'child' }>): Promise<void>;
  /** Gives the result of a finished child to its parent. */
  tellParent(child: InstanceFields): void;
}

export interface ChildMessageParts {
  readonly store: InstanceStore;
  readonly control: InstanceControl;
  readonly complete: (parentId: string, executionId: string, row: HistoryEvent) => void;
  readonly now: () => number;
}

/** Why a failed or terminated instance ended: its output is a JSON text of that. */
export function failureReason(instance: InstanceFields): string {
  const output: unknown = JSON.parse(instance.output ?? 'null');
  return typeof output === 'string' ? output : `Orchestrator function '${instance.name}' failed`;
}

/** Links a child's result to the task of the parent's execution that waits for it. */
export function createChildMessages({ store, control, complete, now }: ChildMessageParts): ChildMessages {
  const row = (taskId: number, eventType: number): HistoryEvent => ({
    EventType: eventType,
    EventId: -1,
    Timestamp: new Date(now()).toISOString(),
    TaskScheduledId: taskId,
  });
  const fail = (link: ParentLink, reason: string): void => {
    complete(link.instanceId, link.executionId, {
      ...row(link.taskId, HistoryEventType.SubOrchestrationInstanceFailed),
      Reason: reason,
      Details: JSON.stringify({ $type: 'System.Exception', Message: reason }),
    });
  };
  const tellParent = (child: InstanceFields): void => {
    const link = child.parent;
    if (link === null) {
      return;
    }
    if (child.status !== 'Completed') {
      fail(link, failureReason(child));
      return;
    }
    complete(link.instanceId, link.executionId, {
      ...row(link.taskId, HistoryEventType.SubOrchestrationInstanceCompleted),
      Result: child.output ?? 'null',
    });
  };
  return {
    tellParent,
    start: async (parent, task) => {
      const { taskId, name, instanceId, version, input } = task;
      const link = { instanceId: parent.id, executionId: parent.executionId, taskId, name: parent.name };
      const existing = store.get(instanceId)?.fields;
      if (existing?.parent?.executionId === link.executionId && existing.parent.taskId === taskId) {
        if (isFinished(existing.status)) {
          tellParent(existing);
        }
        return;
      }
      const result = await control.start({ name, instanceId, version, input }, link);
      if (!result.started) {
        fail(
          link,
          `Orchestrator function '${name}' failed: An Orchestration instance with the status ${result.status} already exists.`,
        );
      }
    },
  };
}
