import { describeScheduledRow } from './decision.js';
import { isControlRow } from './journal-record.js';
import { HistoryEventType, historyRowText, triggerPayload } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

/** One episode of a recorded history: what the orchestrator was handed, and what the host recorded of its answer. */
export interface HistoryPrefix {
  /** Counted from 0. */
  readonly episode: number;
  /** The rows the orchestrator saw: all up to and with the messages of this episode. */
  readonly rows: readonly HistoryEvent[];
  /** What the episode scheduled: `<task id> <kind and name>`, by ascending id. */
  readonly scheduled: readonly string[];
  /** The status the episode ended the instance with. */
  readonly completed: string | undefined;
}

const scheduledTypes: readonly number[] = [
  HistoryEventType.TaskScheduled,
  HistoryEventType.TimerCreated,
  HistoryEventType.SubOrchestrationInstanceCreated,
];

interface EpisodeRows {
  readonly seen: readonly HistoryEvent[];
  readonly decided: readonly HistoryEvent[];
}

/** Messages come before decisions in an episode, and only decisions have these types. */
function episodesOf(history: readonly HistoryEvent[]): EpisodeRows[] {
  const starts = history.flatMap((row, index) =>
    row.EventType === HistoryEventType.OrchestratorStarted ? [index] : [],
  );
  return starts.map((start, at) => {
    const end = starts[at + 1] ?? history.length;
    const isDecision = (row: HistoryEvent): boolean =>
      scheduledTypes.includes(row.EventType) ||
      row.EventType === HistoryEventType.ExecutionCompleted ||
      row.EventType === HistoryEventType.OrchestratorCompleted;
    const own = history.slice(start, end);
    const firstDecision = own.findIndex(isDecision);
    const cut = firstDecision < 0 ? own.length : firstDecision;
    return { seen: history.slice(0, start + cut), decided: own.slice(cut) };
  });
}

/**
 * The prefixes of one generation's history at which its orchestrator was invoked, in order. Episodes that only suspend, resume
 * or terminate are left out: no orchestrator ran.
 */
export function prefixes(history: readonly HistoryEvent[]): readonly HistoryPrefix[] {
  return episodesOf(history)
    .filter(({ seen }) => !seen.slice(-1).some(isControlRow))
    .map(({ seen, decided }, episode) => ({
      episode,
      rows: seen,
      scheduled: decided
        .filter((row) => scheduledTypes.includes(row.EventType))
        .map((row) => `${String(row.EventId)} ${describeScheduledRow(row)}`),
      completed: decided.find((row) => row.EventType === HistoryEventType.ExecutionCompleted)
        ?.OrchestrationStatus,
    }));
}

/** The trigger payload, as JSON text, with which the orchestrator ran at a prefix. */
export function payloadOf(prefix: HistoryPrefix): string {
  const started = prefix.rows.find((row) => row.EventType === HistoryEventType.ExecutionStarted);
  const lastStart = prefix.rows.findLastIndex(
    (row) => row.EventType === HistoryEventType.OrchestratorStarted,
  );
  const rows = prefix.rows.map((row, index) => historyRowText(row, index < lastStart));
  const identity = {
    instanceId: started?.OrchestrationInstance?.InstanceId ?? '',
    parentInstanceId: started?.ParentInstance?.OrchestrationInstance.InstanceId ?? null,
    inputText: started?.Input ?? null,
  };
  return triggerPayload(identity, lastStart > 0, rows.join(','));
}

/** The trigger payload of episode `n` of a history, counted from 0; undefined when there is no such episode. */
export function payloadAt(history: readonly HistoryEvent[], n: number): string | undefined {
  const prefix = prefixes(history)[n];
  return prefix === undefined ? undefined : payloadOf(prefix);
}
