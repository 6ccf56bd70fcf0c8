import { isCopyError } from '../job/copy-error.js';
import type { StringMap } from '../job/operation.js';
import { isTerminal, type WorkPhase } from '../job/status.js';
import { BoardFile } from '../record/board-file.js';
import { beat } from '../record/board-finish.js';
import { beginRun, isListed } from '../record/board-run.js';
import { awakeLanes } from '../record/board-lanes.js';
import { endOf } from '../record/board-take.js';
import type { Board } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { readBoard, readJob } from '../record/jobs.js';
import { type Pairs, readPairs, writePairs } from '../record/pairs.js';
import { isoTime } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';
import { mostWaits, type PrepareInput, type PrepareResult } from './contracts.js';
import { readingSide } from './reading-side.js';
import { RequestTally } from './request-tally.js';
import type { ActivityServices } from './services.js';
import { dropStrays, type SnapshotParts, takeSnapshots, wantsSnapshots } from './source-snapshots.js';
import { type Survey, survey } from './survey.js';

/**
 * Begins a run: looks at both sides, makes the board ready or fences the run before and requeues what it held. Repeated
 * for the same run it answers the same and changes nothing. While a role is missing, a first run is told to wait and
 * to ask again: roles take minutes to be felt.
 */
export function createPrepare(services: ActivityServices): (input: PrepareInput) => Promise<PrepareResult> {
  return async (input) => {
    const { job, run } = input;
    const tally = new RequestTally(input, 'prepare');
    const state = services.openState(tally.state);
    const file = new BoardFile(state, job, services.clock);
    const [record, seen] = await Promise.all([readJob(state, job), file.read()]);
    if (record === undefined || seen?.board.run !== run) return { ok: false, end: 'superseded' };
    const looked = await look(services, tally, state, record, seen.board);
    const waitMs = await waitFor(services, file, input, looked, tally);
    if (waitMs !== undefined) return { ok: false, waitMs };
    const { board } = await file.update((before) => {
      const begun = beginRun(withoutWait(before), run, {
        lanes: before.lanes > 0 ? before.lanes : looked.lanes,
        phases: phasesOf(record, before),
        groups: looked.groups,
        now: isoTime(services.clock),
      });
      if (begun === undefined || begun.fenced === before.fenced) return { result: undefined };
      const stopped = looked.stopped === undefined ? begun : { ...begun, stopped: looked.stopped };
      const news = { now: isoTime(services.clock), requests: tally.read(), warnings: looked.warnings };
      return { board: beat(stopped, run, undefined, news), result: undefined };
    });
    const end = endOf(board, run);
    return end === undefined
      ? { ok: true, lanes: board.lanes, phases: board.phases, awake: awakeLanes(board) }
      : { ok: false, end };
  };
}

interface Look {
  readonly lanes: number;
  readonly groups: number;
  readonly warnings: readonly string[];
  readonly stopped?: { readonly code: string; readonly text: string };
}

const waitCode = 'role-propagating';

/** Milliseconds until the next look, shown on the board; undefined when there is nothing to wait for, or no longer. */
async function waitFor(
  services: ActivityServices,
  file: BoardFile,
  { job, run, waits = 0 }: PrepareInput,
  { stopped }: Look,
  tally: RequestTally,
): Promise<number | undefined> {
  const { propagationMs = 0 } = services;
  const mayPass = stopped?.code === 'source-role-missing' || stopped?.code === 'destination-role-missing';
  if (!mayPass || run !== 1 || waits >= mostWaits || propagationMs === 0) return undefined;
  const { result } = await file.update((before) => {
    if (before.run !== run || before.fenced >= run) return { result: false };
    const side = stopped.code === 'source-role-missing' ? 'source' : 'destination';
    const text = `waiting for a role at the ${side} to take effect, for at most ${String(Math.ceil(propagationMs / 60_000))} min`;
    const news = { now: isoTime(services.clock), requests: tally.read() };
    const waiting = { ...before, reason: { code: waitCode, text } };
    return { board: beat(waiting, run, undefined, news), result: true };
  });
  if (!result) return undefined;
  services.log('role-awaited', { job, run, code: stopped.code, waits });
  return Math.ceil(propagationMs / mostWaits);
}

function withoutWait(board: Board): Board {
  const { reason, ...rest } = board;
  return reason?.code === waitCode ? rest : board;
}

/** Looks at both sides, unless an earlier run did or the job is to end anyway. */
async function look(
  services: ActivityServices,
  tally: RequestTally,
  state: StateStore,
  record: JobRecord,
  board: Board,
): Promise<Look> {
  const none: Look = { lanes: 1, groups: 0, warnings: [] };
  if (board.desired !== 'run' || board.fenced >= board.run) return none;
  const known = await readPairs(state, record.id);
  if (known !== undefined && board.lanes > 0) return { ...none, groups: known.groups.length };
  let found: Survey;
  let snapshots: StringMap | undefined;
  try {
    found = await surveyOf(services, tally, record);
    snapshots = await snapshotsOf(services, tally, { state, record, found });
  } catch (error) {
    if (!isCopyError(error)) throw error;
    services.log('preflight-failed', { job: record.id, code: error.code });
    return { ...none, stopped: { code: error.code, text: error.message } };
  }
  // Trouble with the state container says nothing about source and destination: it ends the run, not the job.
  // What is read from a snapshot is listed there, and not as it is now.
  if (found.first !== undefined && snapshots === undefined) services.firstPage?.keep(record.id, found.first);
  const pairs = await writePairs(state, record.id, {
    ...found.pairs,
    ...(snapshots === undefined ? {} : { snapshots }),
  });
  if (snapshots !== undefined) await leaveOne(services, tally, { state, record }, snapshots, pairs);
  return { lanes: found.lanes, groups: pairs.groups.length, warnings: found.warnings };
}

/** A slow try may come to its snapshot when another's is read, or when the job is over and has deleted all that it knew. */
async function leaveOne(
  services: ActivityServices,
  tally: RequestTally,
  { state, record }: { readonly state: StateStore; readonly record: JobRecord },
  taken: StringMap,
  pairs: Pairs,
): Promise<void> {
  const seen = await readBoard(state, record.id);
  const isOver = seen === undefined || isTerminal(seen.board.status);
  const parts = snapshotParts(services, tally, { state, record });
  await dropStrays(parts, taken, isOver ? {} : (pairs.snapshots ?? {}), (code) => {
    services.log('snapshot-left', { job: record.id, code });
  });
}

function snapshotParts(
  services: ActivityServices,
  tally: RequestTally,
  parts: { readonly state: StateStore; readonly record: JobRecord },
): SnapshotParts {
  const { clock, sliceAbortMs } = services;
  const source = services.openAccounts('source', tally.source)(parts.record.spec.source.location);
  return { ...parts, source, clock, signal: AbortSignal.timeout(sliceAbortMs) };
}

function surveyOf(services: ActivityServices, tally: RequestTally, record: JobRecord): Promise<Survey> {
  const { spec } = record;
  return survey({
    spec,
    source: services.openAccounts(readingSide(spec), tally.source)(spec.source.location),
    destination: services.openAccounts('destination', tally.destination)(spec.destination),
    clock: services.clock,
    signal: AbortSignal.timeout(services.sliceAbortMs),
    // A plan that waits for approval is not written yet, and nobody waits for a role that may not be on its way.
    provesWrites: (services.propagationMs ?? 0) > 0 && !spec.dryRun && !spec.approve,
  });
}

/** They are taken before anything is listed for good, and stand in the pairs before anything is read from them. */
async function snapshotsOf(
  services: ActivityServices,
  tally: RequestTally,
  parts: { readonly state: StateStore; readonly record: JobRecord; readonly found: Survey },
): Promise<StringMap | undefined> {
  if (!wantsSnapshots(parts.record)) return undefined;
  const containers = parts.found.pairs.pairs.map(({ sourceContainer }) => sourceContainer);
  return takeSnapshots(snapshotParts(services, tally, parts), containers);
}

/** What a run goes through: planning alone, planning first, or planning and copying side by side. */
function phasesOf({ spec }: JobRecord, board: Board): readonly WorkPhase[] {
  if (spec.dryRun) return ['plan'];
  const work: readonly WorkPhase[] = spec.mirror === undefined ? ['copy'] : ['copy', 'delete'];
  return spec.approve && !isListed(board) ? ['plan', ...work] : work;
}
