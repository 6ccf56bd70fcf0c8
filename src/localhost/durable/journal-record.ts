import { completedTaskId, executionStartedRow, isFinished, newInstance } from './instance.js';
import type {
  InboxMessage,
  Instance,
  InstanceFields,
  InstanceStart,
  InstanceStatus,
  OutgoingTask,
} from './instance.js';
import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

/** One episode: everything it changed, in one record. */
export interface EpisodeRecord {
  readonly t: 'episode';
  readonly id: string;
  readonly atMs: number;
  /** `seq` of the inbox messages it consumed, in order; their rows are in the journal already. */
  readonly took: readonly number[];
  /** Rows for what it scheduled, and ExecutionCompleted. */
  readonly rows: readonly HistoryEvent[];
  readonly out: readonly OutgoingTask[];
  readonly status: InstanceStatus;
  /** JSON text; absent: unchanged. */
  readonly customStatus?: string;
  readonly output?: string | null;
  /** The instance goes on as a new generation with an empty history. */
  readonly renewed?: { readonly executionId: string; readonly input: string | null; readonly seq: number };
}

/** What one journal line says. */
export type JournalRecord =
  | { readonly t: 'start'; readonly start: InstanceStart }
  | { readonly t: 'message'; readonly id: string; readonly message: InboxMessage }
  | EpisodeRecord
  | { readonly t: 'purge'; readonly ids: readonly string[] }
  | {
      readonly t: 'instance';
      readonly fields: InstanceFields;
      readonly history: readonly HistoryEvent[];
      readonly inbox: readonly InboxMessage[];
      readonly open: readonly OutgoingTask[];
    };

function bareRow(eventType: number, atMs: number): HistoryEvent {
  return { EventType: eventType, EventId: -1, Timestamp: new Date(atMs).toISOString() };
}

/** The rows an episode puts before those of its decisions. */
export function episodeHead(instance: Instance, took: readonly number[], atMs: number): HistoryEvent[] {
  const bySeq = new Map(instance.inbox.map((message) => [message.seq, message.row]));
  const rows = took.map((seq) => {
    const row = bySeq.get(seq);
    if (row === undefined) {
      throw new Error(
        `Journal of '${instance.fields.id}' consumes message ${String(seq)}, which it never received.`,
      );
    }
    return row;
  });
  return [bareRow(HistoryEventType.OrchestratorStarted, atMs), ...rows];
}

/** All rows that an episode appends. */
export function episodeRows(instance: Instance, record: EpisodeRecord): HistoryEvent[] {
  return [
    ...episodeHead(instance, record.took, record.atMs),
    ...record.rows,
    bareRow(HistoryEventType.OrchestratorCompleted, record.atMs),
  ];
}

function applyEpisode(instance: Instance, record: EpisodeRecord): void {
  const { fields } = instance;
  for (const row of episodeRows(instance, record)) {
    instance.history.push(row);
  }
  const taken = new Set(record.took);
  instance.inbox = instance.inbox.filter((message) => !taken.has(message.seq));
  for (const task of record.out) {
    instance.open.set(task.taskId, task);
  }
  fields.status = record.status;
  fields.updatedAtMs = record.atMs;
  fields.customStatus = record.customStatus ?? fields.customStatus;
  fields.output = record.output ?? fields.output;
  fields.rowsPerGeneration[fields.rowsPerGeneration.length - 1] = instance.history.length;
  if (isFinished(record.status)) {
    instance.inbox = [];
    instance.open.clear();
  }
  if (record.renewed !== undefined) {
    renew(instance, record.renewed, record.atMs);
  }
}

/** Events that nobody has awaited do not survive: the extension discards them as well. Control messages do. */
function renew(instance: Instance, renewed: NonNullable<EpisodeRecord['renewed']>, atMs: number): void {
  const { fields } = instance;
  fields.executionId = renewed.executionId;
  fields.input = renewed.input;
  fields.rowsPerGeneration.push(0);
  instance.history = [];
  instance.open.clear();
  const control = instance.inbox.filter((message) => isControlRow(message.row));
  instance.inbox = [{ seq: renewed.seq, row: executionStartedRow(fields, atMs) }, ...control];
}

/** Suspend, resume and terminate: they concern the instance, not a generation. */
export function isControlRow(row: HistoryEvent): boolean {
  return (
    row.EventType === HistoryEventType.ExecutionSuspended ||
    row.EventType === HistoryEventType.ExecutionResumed ||
    row.EventType === HistoryEventType.ExecutionTerminated
  );
}

function need(instances: ReadonlyMap<string, Instance>, id: string): Instance {
  const instance = instances.get(id);
  if (instance === undefined) {
    throw new Error(`Journal names instance '${id}', which it never started.`);
  }
  return instance;
}

/** Applies one record: the same function serves a running engine and its recovery. */
export function applyRecord(instances: Map<string, Instance>, record: JournalRecord): void {
  switch (record.t) {
    case 'start':
      instances.set(record.start.id, newInstance(record.start));
      return;
    case 'message': {
      const instance = need(instances, record.id);
      instance.inbox.push(record.message);
      const taskId = completedTaskId(record.message.row);
      if (taskId !== undefined) {
        instance.open.delete(taskId);
      }
      return;
    }
    case 'episode':
      applyEpisode(need(instances, record.id), record);
      return;
    case 'purge':
      for (const id of record.ids) {
        instances.delete(id);
      }
      return;
    case 'instance':
      instances.set(record.fields.id, {
        fields: record.fields,
        history: [...record.history],
        inbox: [...record.inbox],
        open: new Map(record.open.map((task) => [task.taskId, task])),
      });
  }
}

/** The snapshot line of an instance. */
export function snapshotRecord(instance: Instance): JournalRecord {
  const { fields, history, inbox } = instance;
  return { t: 'instance', fields, history, inbox, open: [...instance.open.values()] };
}
