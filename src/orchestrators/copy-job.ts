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
  type SliceInput,
  type SliceResult,
  mostWaits,
  names,
} from '../activities/contracts.js';
import { loggingOwnStack } from './own-stack.js';

type Prepared = PrepareResult & { readonly ok: true };

/** How many lanes go to work, and how many of them find something at once. */
interface Lanes {
  readonly lanes: number;
  readonly awake: number;
}

/**
 * One run of a job: prepare, then for each phase its first slices and, where there is more to do, lanes, then close. It
 * knows numbers only; what is done and what comes next is on the board, so a run that dies is replaced by the next one. At
 * most 4 history rows a lane and phase.
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
  prepared: Prepared,
): Generator<Task, EndReason, unknown> {
  for (const phase of prepared.phases) {
    const gateInput: GateInput = { ...input, phase };
    const gate = (yield context.df.callActivity(names.gate, gateInput)) as GateResult;
    if (gate.go === 'no') return gate.end;
    if (gate.go === 'skip') continue;
    context.df.setCustomStatus(phase);
    const found = yield* beginPhase(context, gateInput, prepared, gate.first ?? 0);
    const end = 'end' in found ? found.end : yield* runLanes(context, gateInput, found);
    if (end !== 'done') return end;
  }
  return 'done';
}

/** Rounds of first slices, a minute each, while they find nothing for others to do. */
const mostFirstRounds = 20;

/**
 * The first slices of a phase, until it has ended or there is more to do than they can: then the lanes that it needs. A
 * small job ends here, and nobody waits for lanes that rest. A run that began under an older edition has none (`slices`
 * is 0) and begins with all its lanes.
 */
function* beginPhase(
  context: OrchestrationContext,
  gateInput: GateInput,
  prepared: Prepared,
  slices: number,
): Generator<Task, { readonly end: EndReason } | Lanes, unknown> {
  const lanes = gateInput.phase === 'plan' ? prepared.awake : prepared.lanes;
  const awake = gateInput.phase === 'copy' ? prepared.awake : lanes;
  let need: Lanes = { lanes, awake };
  for (let round = 0; slices > 0 && round < mostFirstRounds; round += 1) {
    const inputs = Array.from({ length: slices }, (_, lane): SliceInput => {
      return { ...gateInput, lane, sharing: slices, first: true };
    });
    const results = (yield context.df.Task.all(
      inputs.map((slice) => context.df.callActivity(names.slice, slice)),
    )) as readonly SliceResult[];
    const ends = results.flatMap((result) => (result.next === 'end' ? [result.end] : []));
    const stopped = ends.find((end) => end !== 'done');
    if (stopped !== undefined) return { end: stopped };
    const more = results.flatMap((result) => (result.next === 'more' ? [result] : []));
    if (more.length === 0) return ends.length > 0 ? { end: 'done' } : need;
    need = {
      lanes: Math.max(...more.map((result) => result.lanes ?? lanes)),
      awake: Math.max(...more.map((result) => result.awake ?? awake)),
    };
    if (more.some((result) => result.ready !== 0)) return need;
  }
  return need;
}

function* runLanes(
  context: OrchestrationContext,
  gateInput: GateInput,
  { lanes: count, awake }: Lanes,
): Generator<Task, EndReason, unknown> {
  const lanes = Array.from({ length: count }, (_, lane) => {
    const laneInput: LaneInput = { ...gateInput, lane, idle: lane >= awake ? 1 : 0, sharing: count };
    const id = `${context.df.instanceId}.${gateInput.phase}.${String(lane)}`;
    // A child gets the worker's default version unless it is told the version of its parent.
    return context.df.callSubOrchestrator(names.lane, laneInput, id, context.df.version);
  });
  const results = (yield context.df.Task.all(lanes)) as readonly LaneResult[];
  return results.find((result) => result.end !== 'done')?.end ?? 'done';
}
