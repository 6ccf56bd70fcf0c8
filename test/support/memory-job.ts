import { defaultSpec } from './default-spec.js';
import { createClose } from '../../src/activities/close.js';
import type {
  EndReason,
  GateInput,
  LaneInput,
  SliceInput,
  SliceResult,
} from '../../src/activities/contracts.js';
import { createGate } from '../../src/activities/gate.js';
import { createPrepare } from '../../src/activities/prepare.js';
import type { ActivityServices } from '../../src/activities/services.js';
import { createSlice } from '../../src/activities/slice.js';
import type { JobSpec } from '../../src/job/job-spec.js';
import type { Outcome } from '../../src/job/outcome.js';
import { newBoard, type Board } from '../../src/record/board.js';
import { createJob } from '../../src/record/jobs.js';
import { listOutcomes, readOutcomes } from '../../src/record/outcomes.js';
import { stateNames } from '../../src/record/refs.js';
import { type Clock, wallClock } from '../../src/runtime/clock.js';
import { createMemoryCloud, type MemoryCloud } from './memory-store.js';
import { createMemoryStateStore, type MemoryStateStore } from './memory-state-store.js';

/** A job in memory: real activities over stores in memory, driven as the orchestrators drive them. */
export interface MemoryJob {
  readonly cloud: MemoryCloud;
  readonly state: MemoryStateStore;
  readonly services: ActivityServices;
  readonly id: string;
  board(): Board;
  changeBoard(change: (board: Board) => Board): Promise<void>;
  /** One run: prepare, lanes of each phase at the same time, close. Resolves with the job's status. */
  run(options?: RunOptions): Promise<string>;
  /** Every outcome on record. */
  outcomes(): Promise<readonly Outcome[]>;
}

export interface RunOptions {
  /** Stands between a lane and its slice: doubles, delays or kills it. */
  readonly deliver?: (input: SliceInput, slice: () => Promise<SliceResult>) => Promise<SliceResult>;
}

export const basicSpec: JobSpec = {
  source: {
    kind: 'prefix',
    location: { account: 'source', container: 'data', prefix: '' },
    base: '',
    recursive: true,
  },
  destination: { account: 'target', container: 'copy', prefix: '' },
  ...defaultSpec,
};

let jobs = 0;

/** Records a job over a cloud with accounts `source` and `target`; makes both containers. */
export async function createMemoryJob(
  spec: Partial<JobSpec> = {},
  parts: {
    readonly cloud?: MemoryCloud;
    readonly state?: MemoryStateStore;
    readonly sliceMs?: number;
    readonly clock?: Clock;
  } = {},
): Promise<MemoryJob> {
  const cloud = parts.cloud ?? createMemoryCloud({ clock: wallClock });
  const state = parts.state ?? createMemoryStateStore(wallClock);
  cloud.account('source').addContainer('data');
  cloud.account('target').addContainer('copy');
  jobs += 1;
  const id = `memoryjob${String(jobs).padStart(4, '0')}`;
  const services: ActivityServices = {
    clock: parts.clock ?? wallClock,
    sliceMs: parts.sliceMs ?? 60_000,
    sliceAbortMs: 120_000,
    openAccounts:
      (side) =>
      ({ account }) =>
        cloud.open(account, side),
    openState: () => state,
    log: () => undefined,
  };
  const record = {
    version: 1 as const,
    id,
    kind: spec.mirror === undefined ? ('copy' as const) : ('sync' as const),
    createdAt: new Date(wallClock.now()).toISOString(),
    requestHash: id,
    source: 'https://source.example/data',
    destination: 'https://target.example/copy',
    spec: { ...basicSpec, ...spec },
  };
  await createJob(state, record, { ...newBoard(id), run: 1 });
  const board = (): Board => JSON.parse(state.text(stateNames.board(id)) ?? '') as Board;
  return {
    cloud,
    state,
    services,
    id,
    board,
    changeBoard: async (change) => {
      await state.put(stateNames.board(id), JSON.stringify(change(board())));
    },
    run: (options = {}) => runJob(services, id, board().run, options),
    outcomes: async () => {
      const all: Outcome[] = [];
      for await (const { ref } of listOutcomes(state, id)) {
        const stored = await readOutcomes(state, id, ref);
        all.push(...(stored?.outcomes ?? []));
      }
      return all;
    },
  };
}

/** One run of a recorded job with the activities of `services`, as the orchestrators would drive them. */
export async function runJob(
  services: ActivityServices,
  job: string,
  run: number,
  options: RunOptions,
): Promise<string> {
  const prepared = await createPrepare(services)({ job, run });
  if ('waitMs' in prepared) throw new Error('a job in memory has no orchestrator that waits');
  let end: EndReason = prepared.ok ? 'done' : prepared.end;
  for (const phase of prepared.ok ? prepared.phases : []) {
    const gate = await createGate(services)({ job, run, phase });
    if (gate.go === 'no') {
      end = gate.end;
      break;
    }
    if (gate.go === 'skip') continue;
    end = await runPhase(
      services,
      { job, run, phase },
      gate.first ?? 0,
      prepared.ok ? prepared.lanes : 0,
      options,
    );
    if (end !== 'done') break;
  }
  return (await createClose(services)({ job, run, end })).status;
}

async function runPhase(
  services: ActivityServices,
  input: GateInput,
  first: number,
  mostLanes: number,
  options: RunOptions,
): Promise<EndReason> {
  const { deliver = (_, slice) => slice() }: RunOptions = options;
  const work = createSlice(services);
  const slices = Array.from({ length: first }, (_, lane): SliceInput => {
    return { ...input, lane, sharing: first, first: true };
  });
  const found = await Promise.all(slices.map((slice) => deliver(slice, () => work(slice))));
  const ends = found.flatMap((result) => (result.next === 'end' ? [result.end] : []));
  const more = found.flatMap((result) => (result.next === 'more' ? [result.lanes ?? mostLanes] : []));
  const stopped = ends.find((end) => end !== 'done');
  if (stopped !== undefined || (more.length === 0 && ends.length > 0)) return stopped ?? 'done';
  const lanes = Array.from({ length: Math.max(0, ...more) || mostLanes }, (_, lane) =>
    runLane(services, { ...input, lane, idle: 0 }, options),
  );
  return (await Promise.all(lanes)).find((end) => end !== 'done') ?? 'done';
}

async function runLane(
  services: ActivityServices,
  { job, run, phase, lane }: LaneInput,
  { deliver = (_, slice) => slice() }: RunOptions,
): Promise<EndReason> {
  const work = createSlice(services);
  const input: SliceInput = { job, run, phase, lane };
  for (;;) {
    const result = await deliver(input, () => work(input));
    if (result.next === 'end') return result.end;
    if (result.next === 'idle') await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}
