import { outOfProcDataLabel } from './protocol.js';
import type { OrchestratorState } from './protocol.js';

/** Either the state an orchestrator answered with, or why its answer cannot be used. */
export type OrchestratorResult =
  { readonly ok: true; readonly state: OrchestratorState } | { readonly ok: false; readonly reason: string };

function parseState(text: string): OrchestratorResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'the orchestrator did not return valid JSON' };
  }
  const state = value as Partial<OrchestratorState> | null;
  if (state === null || typeof state !== 'object' || !Array.isArray(state.actions)) {
    return {
      ok: false,
      reason: 'the orchestrator did not return an orchestrator state; is it a durable function?',
    };
  }
  if (state.schemaVersion === undefined || state.schemaVersion < 1) {
    return { ok: false, reason: 'orchestrator schema V1 is not supported; use durable-functions 3.x' };
  }
  if (state.actions.length !== 1) {
    return { ok: false, reason: `expected one list of actions, got ${String(state.actions.length)}` };
  }
  return { ok: true, state: state as OrchestratorState };
}

/** Reads the JSON text that an orchestrator invocation resolved with. */
export function readOrchestratorAnswer(text: string | undefined): OrchestratorResult {
  return text === undefined
    ? { ok: false, reason: 'the orchestrator returned nothing; is it a durable function?' }
    : parseState(text);
}

/** Reads the error of an orchestrator invocation: the SDK hangs the state on the message, behind a label. */
export function readOrchestratorError(error: unknown): OrchestratorResult {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(outOfProcDataLabel);
  if (at < 0) {
    return { ok: false, reason: message };
  }
  return parseState(message.slice(at + outOfProcDataLabel.length));
}
