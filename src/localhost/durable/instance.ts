import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

/** `runtimeStatus` on the wire. */
export type InstanceStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

/** Which task of which execution waits for a child's result. */
export interface ParentLink {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
}

/** A message in the inbox: `seq` is unique in the journal. */
export interface InboxMessage {
  readonly seq: number;
  readonly row: HistoryEvent;
}

/** A task that was scheduled and has no completion yet. `input` is JSON text. */
export type OutgoingTask =
  | { readonly kind: 'activity'; readonly taskId: number; readonly name: string; readonly input: string }
  | { readonly kind: 'timer'; readonly taskId: number; readonly fireAtMs: number }
  | {
      readonly kind: 'child';
      readonly taskId: number;
      readonly name: string;
      readonly instanceId: string;
      readonly version: string;
      readonly input: string | null;
    };

/** What a status query shows, and what survives when the history is dropped. Times are milliseconds since the epoch. */
export interface InstanceFields {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** JSON text of this generation's input. */
  input: string | null;
  readonly parent: ParentLink | null;
  /** New for every generation: late messages of an earlier one are dropped by it. */
  executionId: string;
  status: InstanceStatus;
  /** JSON text. */
  customStatus: string | null;
  /** JSON text. */
  output: string | null;
  readonly createdAtMs: number;
  updatedAtMs: number;
  /** History rows per generation, the current one last. */
  readonly rowsPerGeneration: number[];
}

/** One orchestration, in memory and in the journal's snapshot. */
export interface Instance {
  readonly fields: InstanceFields;
  history: HistoryEvent[];
  inbox: InboxMessage[];
  readonly open: Map<number, OutgoingTask>;
}

/** What starts an instance. */
export interface InstanceStart {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** JSON text, or null. */
  readonly input: string | null;
  readonly parent: ParentLink | null;
  readonly executionId: string;
  readonly seq: number;
  readonly atMs: number;
}

/** True when nothing will ever change but by a restart or a purge. */
export function isFinished(status: InstanceStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated';
}

/** The first row of every generation. */
export function executionStartedRow(
  fields: Pick<InstanceFields, 'id' | 'name' | 'version' | 'input' | 'parent' | 'executionId'>,
  atMs: number,
): HistoryEvent {
  const parent = fields.parent;
  return {
    EventType: HistoryEventType.ExecutionStarted,
    EventId: -1,
    Timestamp: new Date(atMs).toISOString(),
    Name: fields.name,
    Version: fields.version,
    Input: fields.input,
    OrchestrationInstance: { InstanceId: fields.id, ExecutionId: fields.executionId },
    ParentInstance:
      parent === null
        ? null
        : {
            Name: parent.name,
            TaskScheduleId: parent.taskId,
            OrchestrationInstance: { InstanceId: parent.instanceId, ExecutionId: parent.executionId },
          },
  };
}

/** A new instance with its start in the inbox. */
export function newInstance(start: InstanceStart): Instance {
  const { seq, atMs, ...identity } = start;
  return {
    fields: {
      ...identity,
      status: 'Pending',
      customStatus: null,
      output: null,
      createdAtMs: atMs,
      updatedAtMs: atMs,
      rowsPerGeneration: [0],
    },
    history: [],
    inbox: [{ seq, row: executionStartedRow(start, atMs) }],
    open: new Map(),
  };
}

/** The task that a completion row settles; undefined for every other row. */
export function completedTaskId(row: HistoryEvent): number | undefined {
  return row.TaskScheduledId ?? row.TimerId;
}
