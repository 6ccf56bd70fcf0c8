import { isFinished } from './instance.js';
import type { Instance } from './instance.js';
import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

export interface StatusOptions {
  readonly showInput: boolean;
  readonly showHistory: boolean;
  readonly showHistoryOutput: boolean;
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

function wholeSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

const eventNames = new Map<number, string>(
  Object.entries(HistoryEventType).map(([name, number]) => [number, name]),
);
const hidden: readonly number[] = [
  HistoryEventType.OrchestratorStarted,
  HistoryEventType.OrchestratorCompleted,
];

function shownRow(row: HistoryEvent, withOutput: boolean): Record<string, unknown> {
  const { EventType, EventId: _id, Result, Input, ...rest } = row;
  return {
    EventType: eventNames.get(EventType) ?? String(EventType),
    ...rest,
    ...(Input === undefined || Input === null ? {} : { Input }),
    ...(withOutput && Result !== undefined ? { Result: parsed(Result) } : {}),
  };
}

/** The status JSON of the management API. Times are whole seconds in UTC. */
export function instanceStatus(instance: Instance, options: StatusOptions): Record<string, unknown> {
  const { fields, history } = instance;
  return {
    name: fields.name,
    instanceId: fields.id,
    runtimeStatus: fields.status,
    input: options.showInput ? parsed(fields.input) : null,
    customStatus: parsed(fields.customStatus),
    output: isFinished(fields.status) ? parsed(fields.output) : null,
    createdTime: wholeSeconds(fields.createdAtMs),
    lastUpdatedTime: wholeSeconds(fields.updatedAtMs),
    ...(options.showHistory
      ? {
          historyEvents: history
            .filter((row) => !hidden.includes(row.EventType))
            .map((row) => shownRow(row, options.showHistoryOutput)),
        }
      : {}),
  };
}
