import type { FunctionInvoker } from './engine-api.js';
import type { Decision } from './decision.js';
import type { Instance, OutgoingTask } from './instance.js';
import { episodeHead } from './journal-record.js';
import type { EpisodeRecord } from './journal-record.js';
import type { Batch } from './next-batch.js';
import { readOrchestratorAnswer, readOrchestratorError } from './orchestrator-result.js';
import type { OrchestratorResult } from './orchestrator-result.js';
import { HistoryEventType, historyRowText, triggerPayload } from './protocol.js';
import type { HistoryEvent, OrchestratorState } from './protocol.js';
import { replay } from './replayer.js';
import type { ReplayOutcome } from './replayer.js';

export interface EpisodeContext {
  readonly invoker: FunctionInvoker;
  readonly strict: boolean;
  readonly defaultVersion: string;
  /** The instance's history as JSON text, every row played. */
  readonly playedText: string;
  readonly atMs: number;
  newExecutionId(): string;
  nextSeq(): number;
}

type Conclusion =
  | { readonly kind: 'waits' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'completed'; readonly output: unknown }
  | { readonly kind: 'renewed'; readonly input: unknown };

async function invoke(
  instance: Instance,
  head: readonly HistoryEvent[],
  context: EpisodeContext,
): Promise<OrchestratorResult> {
  const { fields } = instance;
  const newText = head.map((row) => historyRowText(row, false)).join(',');
  const historyText = context.playedText === '' ? newText : `${context.playedText},${newText}`;
  const identity = {
    instanceId: fields.id,
    parentInstanceId: fields.parent?.instanceId ?? null,
    inputText: fields.input,
  };
  const payload = triggerPayload(identity, context.playedText !== '', historyText);
  try {
    return readOrchestratorAnswer(
      await context.invoker.invoke('orchestrator', fields.name, payload, fields.id),
    );
  } catch (error) {
    return readOrchestratorError(error);
  }
}

/** The host completes, fails or renews an instance only when no task is left open. */
function conclude(state: OrchestratorState, outcome: ReplayOutcome, context: EpisodeContext): Conclusion {
  const broken =
    outcome.nonDeterminism ?? outcome.refused ?? missingFunction(outcome.decisions, context.invoker);
  if (broken !== undefined) {
    return { kind: 'failed', reason: broken };
  }
  if (context.strict && outcome.relisted !== undefined) {
    return {
      kind: 'failed',
      reason:
        `Strict mode: ${outcome.relisted}. In Azure the host would start it a second time and results would reach the ` +
        'wrong tasks. Give Task.any and Task.all fresh tasks only.',
    };
  }
  if (!outcome.settled || outcome.openTasks > 0) {
    return { kind: 'waits' };
  }
  if (state.error !== undefined) {
    return { kind: 'failed', reason: state.error };
  }
  if (!state.isDone) {
    return { kind: 'waits' };
  }
  return outcome.continueAsNew === undefined
    ? { kind: 'completed', output: state.output }
    : { kind: 'renewed', input: outcome.continueAsNew.input };
}

function missingFunction(decisions: readonly Decision[], invoker: FunctionInvoker): string | undefined {
  for (const decision of decisions) {
    if (decision.kind === 'timer') {
      continue;
    }
    const kind = decision.kind === 'activity' ? 'activity' : 'orchestrator';
    if (!invoker.has(kind, decision.name)) {
      return `The function '${decision.name}' doesn't exist, is disabled, or is not an ${kind} function.`;
    }
  }
  return undefined;
}

/** The SDK has already turned the text inputs of activities and of continueAsNew into JSON texts. */
function preparedInputText(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input ?? null);
}

function outgoing(decision: Decision, instance: Instance, context: EpisodeContext): OutgoingTask {
  switch (decision.kind) {
    case 'timer':
      return { kind: 'timer', taskId: decision.id, fireAtMs: decision.fireAtMs };
    case 'activity':
      return {
        kind: 'activity',
        taskId: decision.id,
        name: decision.name,
        input: preparedInputText(decision.input),
      };
    case 'child':
      return {
        kind: 'child',
        taskId: decision.id,
        name: decision.name,
        instanceId: decision.instanceId ?? `${instance.fields.executionId}:${String(decision.id)}`,
        version: decision.version ?? context.defaultVersion,
        input: decision.input === undefined ? null : JSON.stringify(decision.input),
      };
  }
}

function scheduledRow(task: OutgoingTask, atMs: number): HistoryEvent {
  const common = { EventId: task.taskId, Timestamp: new Date(atMs).toISOString() };
  switch (task.kind) {
    case 'timer':
      return {
        EventType: HistoryEventType.TimerCreated,
        ...common,
        FireAt: new Date(task.fireAtMs).toISOString(),
      };
    case 'activity':
      return {
        EventType: HistoryEventType.TaskScheduled,
        ...common,
        Name: task.name,
        Version: '',
        Input: null,
      };
    case 'child':
      return {
        EventType: HistoryEventType.SubOrchestrationInstanceCreated,
        ...common,
        Name: task.name,
        Version: task.version,
        InstanceId: task.instanceId,
        Input: null,
      };
  }
}

function completedRow(status: string, result: string | null, atMs: number): HistoryEvent {
  return {
    EventType: HistoryEventType.ExecutionCompleted,
    EventId: -1,
    Timestamp: new Date(atMs).toISOString(),
    OrchestrationStatus: status,
    Result: result,
  };
}

function concludedFields(
  conclusion: Conclusion,
  instance: Instance,
  context: EpisodeContext,
): Pick<EpisodeRecord, 'rows' | 'status' | 'output' | 'renewed'> {
  switch (conclusion.kind) {
    case 'waits':
      return { rows: [], status: 'Running' };
    case 'renewed': {
      const input = preparedInputText(conclusion.input);
      const renewed = { executionId: context.newExecutionId(), input, seq: context.nextSeq() };
      return { rows: [], status: 'Running', renewed };
    }
    case 'failed': {
      const text = JSON.stringify(
        `Orchestrator function '${instance.fields.name}' failed: ${conclusion.reason}`,
      );
      return { rows: [completedRow('Failed', text, context.atMs)], status: 'Failed', output: text };
    }
    case 'completed': {
      const text = JSON.stringify(conclusion.output ?? null);
      return { rows: [completedRow('Completed', text, context.atMs)], status: 'Completed', output: text };
    }
  }
}

/** Runs the orchestrator once over its history and the batch. Changes nothing: what follows from it is in the record. */
export async function runEpisode(
  instance: Instance,
  batch: Batch,
  context: EpisodeContext,
): Promise<EpisodeRecord> {
  const head = episodeHead(instance, batch.took, context.atMs);
  const result = await invoke(instance, head, context);
  const common = { t: 'episode', id: instance.fields.id, atMs: context.atMs, took: batch.took } as const;
  if (!result.ok) {
    return {
      ...common,
      out: [],
      ...concludedFields({ kind: 'failed', reason: result.reason }, instance, context),
    };
  }
  const { state } = result;
  const outcome = replay(state.actions[0] ?? [], [...instance.history, ...head], {
    instanceId: instance.fields.id,
    parentInstanceId: instance.fields.parent?.instanceId ?? null,
  });
  const conclusion = conclude(state, outcome, context);
  const tasks =
    conclusion.kind === 'failed' ? [] : outcome.decisions.map((one) => outgoing(one, instance, context));
  const concluded = concludedFields(conclusion, instance, context);
  return {
    ...common,
    ...concluded,
    rows: [...tasks.map((task) => scheduledRow(task, context.atMs)), ...concluded.rows],
    out: tasks,
    ...(state.customStatus === undefined ? {} : { customStatus: JSON.stringify(state.customStatus) }),
  };
}

/** Suspension, resumption and termination need no orchestrator. */
export function controlEpisode(instance: Instance, batch: Batch, atMs: number): EpisodeRecord {
  const common = { t: 'episode', id: instance.fields.id, atMs, took: batch.took, out: [] } as const;
  if (batch.kind !== 'terminate') {
    return { ...common, rows: [], status: batch.kind === 'suspend' ? 'Suspended' : 'Running' };
  }
  const last = instance.inbox.find((message) => message.seq === batch.took.at(-1));
  const output = JSON.stringify(last?.row.Input ?? '');
  return { ...common, rows: [completedRow('Terminated', output, atMs)], status: 'Terminated', output };
}
