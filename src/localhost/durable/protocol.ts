/**
 * The out-of-process JSON protocol that durable-functions 3.x speaks with its host: what an orchestrator is handed, what it
 * answers, and the rows of its history. Field names and numbers are those of the wire.
 */

/** `EventType` of a history row. */
export const HistoryEventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

/** One row of an instance's history, without `IsPlayed`, which depends on who reads it. Times are ISO 8601 in UTC. */
export interface HistoryEvent {
  readonly EventType: number;
  /** The task id for rows that schedule something, otherwise -1. */
  readonly EventId: number;
  readonly Timestamp: string;
  readonly Name?: string;
  readonly Version?: string | null;
  /** JSON text; for ExecutionTerminated the reason. */
  readonly Input?: string | null;
  readonly Result?: string | null;
  readonly Reason?: string;
  readonly Details?: string;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
  readonly FireAt?: string;
  readonly InstanceId?: string;
  readonly OrchestrationInstance?: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly ParentInstance?: ParentInstance | null;
  readonly OrchestrationStatus?: string;
}

/** Where the result of a child goes. */
export interface ParentInstance {
  readonly Name: string;
  readonly TaskScheduleId: number;
  readonly OrchestrationInstance: { readonly InstanceId: string; readonly ExecutionId: string };
}

/** `actionType` of an action. */
export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  CallEntity: 7,
  CallHttp: 8,
  SignalEntity: 9,
  ScheduledSignalEntity: 10,
  WhenAny: 11,
  WhenAll: 12,
  LockEntities: 13,
  ReleaseEntities: 14,
} as const;

/** Intervals are milliseconds. */
export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

/** What an orchestrator wants, one per `yield`; compound actions hold their children. */
export interface OrchestratorAction {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly instanceId?: string | null;
  readonly version?: string | null;
  readonly retryOptions?: RetryOptions;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly compoundActions?: readonly OrchestratorAction[];
}

/** The answer of one orchestrator invocation; `actions` is everything since the generation began. */
export interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly (readonly OrchestratorAction[])[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
  readonly schemaVersion: number;
}

/** Separates an orchestrator's error text from the state that the SDK hangs on it. */
export const outOfProcDataLabel = '\n\n$OutOfProcData$:';

/** Timers further away than this are broken into hops. */
export const maximumShortTimerMs = 6 * 24 * 3_600_000;

/** Length of one hop of a long timer. */
export const longTimerHopMs = 3 * 24 * 3_600_000;

/** What an orchestrator invocation is handed besides its history. */
export interface OrchestratorIdentity {
  readonly instanceId: string;
  readonly parentInstanceId: string | null;
  /** JSON text, or null without input. */
  readonly inputText: string | null;
}

/**
 * The trigger payload as JSON text, from rows that are already JSON text with `IsPlayed`, joined by commas. Schema V3, as the
 * Azure Storage provider sends it: `upperSchemaVersion` 1 for old SDKs, `upperSchemaVersionNew` 2.
 */
export function triggerPayload(
  identity: OrchestratorIdentity,
  isReplaying: boolean,
  historyText: string,
): string {
  return (
    `{"history":[${historyText}],"input":${identity.inputText ?? 'null'},` +
    `"instanceId":${JSON.stringify(identity.instanceId)},` +
    `"parentInstanceId":${JSON.stringify(identity.parentInstanceId)},"isReplaying":${String(isReplaying)},` +
    '"upperSchemaVersion":1,"upperSchemaVersionNew":2,"longRunningTimerIntervalDuration":"3.00:00:00",' +
    '"maximumShortTimerDuration":"6.00:00:00","defaultHttpAsyncRequestSleepTimeMillseconds":30000}'
  );
}

/** One history row as the SDK reads it. */
export function historyRowText(row: HistoryEvent, isPlayed: boolean): string {
  return JSON.stringify({ ...row, IsPlayed: isPlayed });
}
