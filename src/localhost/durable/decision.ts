import { ActionType, HistoryEventType } from './protocol.js';
import type { HistoryEvent, OrchestratorAction } from './protocol.js';

/** Something the host has to start; `id` is the task id of this generation, counted from 0. */
export type Decision =
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAtMs: number }
  | {
      readonly kind: 'child';
      readonly id: number;
      readonly name: string;
      /** Undefined: the host makes one from the execution id and the task id. */
      readonly instanceId: string | undefined;
      readonly version: string | undefined;
      readonly input: unknown;
    };

/** How a decision and the row that records it are compared: by kind and name. */
export function describeDecision(decision: Decision): string {
  return decision.kind === 'timer' ? 'a timer' : `${decision.kind} '${decision.name}'`;
}

/** The counterpart of `describeDecision` for a scheduled row. */
export function describeScheduledRow(row: HistoryEvent): string {
  switch (row.EventType) {
    case HistoryEventType.TimerCreated:
      return 'a timer';
    case HistoryEventType.TaskScheduled:
      return `activity '${row.Name ?? ''}'`;
    default:
      return `child '${row.Name ?? ''}'`;
  }
}

/** Names an action in an error text. */
export function describeTask(action: OrchestratorAction): string {
  return action.actionType === ActionType.CreateTimer ? 'a timer' : `'${action.functionName ?? ''}'`;
}
