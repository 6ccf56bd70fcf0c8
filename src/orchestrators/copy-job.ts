import type { OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions';
import {
  type CloseInput,
  type CloseResult,
  type EndReason,
  type GateInput,
  type GateResult,
  type LaneInput,
  type LaneResult,
  type PrepareInput,
  type PrepareResult,
  type PrepareWait,
  type RunInput,
  mostWaits,
  names,
} from '../activities/contracts.js';
import { loggingOwnStack } from './own-stack.js';

/**
 * One run of a job: prepare, then the lanes of each phase, then close. It knows numbers only; what is done and what
 * comes next is on the board, so a run that dies is replaced by the next one. At most 4 history rows a lane and phase.
 *
 * Trap: `Task.all` is given fresh tasks only. A task that was yielded before is started a second time by the host.
 */
export const copyJob: OrchestrationHandler = loggingOwnStack(function* (
  context: OrchestrationContext,
): Generator<Task, CloseResult, unknown> {
  const input = context.df.getInput<RunInput>();
  const prepared = yield* prepareRun(context, input);
  const end = prepared.ok ? yield* runPhases(context, input, prepared) : prepared.end;
  const close: CloseInput = { ...input, end };
  return (yield context.df.callActivity(names.close, close)) as CloseResult;
});

/** Asks again, after a timer, while a role that is missing may still come: at most 20 times. */
function* prepareRun(
  context: OrchestrationContext,
  input: RunInput,
): Generator<Task, Exclude<PrepareResult, PrepareWait>, unknown> {
  for (let waits = 0; waits <= mostWaits; waits += 1) {
    const prepare: PrepareInput = waits === 0 ? input : { ...input, waits };
    const prepared = (yield context.df.callActivity(names.prepare, prepare)) as PrepareResult;
    if (!('waitMs' in prepared)) return prepared;
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + prepared.waitMs));
  }
  return { ok: false, end: 'failed' };
}

function* runPhases(
  context: OrchestrationContext,
  input: RunInput,
  prepared: PrepareResult & { readonly ok: true },
): Generator<Task, EndReason, unknown> {
  for (const phase of prepared.phases) {
    const gateInput: GateInput = { ...input, phase };
    const gate = (yield context.df.callActivity(names.gate, gateInput)) as GateResult;
    if (gate.go === 'no') return gate.end;
    if (gate.go === 'skip') continue;
    context.df.setCustomStatus(phase);
    const count = phase === 'plan' ? prepared.awake : prepared.lanes;
    const lanes = Array.from({ length: count }, (_, lane) => {
      const rests = phase === 'copy' && lane >= prepared.awake;
      const laneInput: LaneInput = { ...gateInput, lane, idle: rests ? 1 : 0 };
      const id = `${context.df.instanceId}.${phase}.${String(lane)}`;
      // A child gets the worker's default version unless it is told the version of its parent.
      return context.df.callSubOrchestrator(names.lane, laneInput, id, context.df.version);
    });
    const results = (yield context.df.Task.all(lanes)) as readonly LaneResult[];
    const stopped = results.find((result) => result.end !== 'done');
    if (stopped !== undefined) return stopped.end;
  }
  return 'done';
}
