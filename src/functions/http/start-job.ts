import { createHash } from 'node:crypto';
import type { InvocationContext } from '@azure/functions';
import type { ClaimMode } from '../../record/active.js';
import { claimDestination } from '../../record/active.js';
import type { Board } from '../../record/board.js';
import { newBoard } from '../../record/board.js';
import { jobIdForKey, jobIdFromBytes } from '../../record/job-id.js';
import type { JobRecord } from '../../record/job-record.js';
import { createJob, readBoard, readJob } from '../../record/jobs.js';
import { isoTime } from '../../runtime/clock.js';
import type { JobSpec } from '../../job/job-spec.js';
import type { HttpServices } from '../services.js';
import type { CheckedJob } from './job-spec-of.js';
import { Problem } from './problem.js';

/** A job as it stands after its start. */
export interface StartedJob {
  readonly record: JobRecord;
  readonly board: Board;
}

/** What a start needs of the process; a timer has it too. */
export type JobStarter = Pick<HttpServices, 'state' | 'clock' | 'randomBytes' | 'startRun' | 'log'>;

export interface StartOptions {
  /** The caller's Idempotency-Key; absent: each call is a new job. */
  readonly key?: string;
  /** Instead of a key: the job's id, derived from what it is started for. */
  readonly id?: string;
  /** From {@link hashRequest}: tells a repeated request from another one under the same key. */
  readonly requestHash: string;
  readonly context: InvocationContext;
  /**
   * Asked once the destination is claimed, before a job that nobody has recorded yet is: the job as it is to be recorded,
   * with the same destination. So that whoever is refused leaves nothing behind.
   */
  readonly settle?: () => Promise<CheckedJob>;
}

/** sha256 of a request, hex; the order of its fields does not matter. */
export function hashRequest(request: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request)))
    .digest('hex');
}

/**
 * Claims the destination, records the job and starts its first run. A repetition under the same key returns the job
 * that is there, completing its start if need be. Throws `Problem`: `idempotency-key-reused`, `destination-in-use`.
 */
export async function startJob(
  services: JobStarter,
  job: CheckedJob,
  options: StartOptions,
): Promise<StartedJob> {
  const { key, requestHash, context } = options;
  const given = options.id ?? (key === undefined ? undefined : jobIdForKey(key));
  const id = given ?? jobIdFromBytes(services.randomBytes(16));
  const known = given === undefined ? undefined : await readJob(services.state, id);
  if (known !== undefined && known.requestHash !== requestHash) throw keyReused();
  const started =
    known === undefined
      ? await beginJob(services, id, job, options)
      : await completeStart(services, known, job);
  if (started.board.status === 'Queued') await startRun(services, id, started.board.run, context);
  return started;
}

/** A job that nobody has recorded yet, as far as is known. */
async function beginJob(
  services: JobStarter,
  id: string,
  job: CheckedJob,
  { requestHash, settle }: StartOptions,
): Promise<StartedJob> {
  const planned = recordOf(services, id, requestHash, job);
  await claim(services, planned);
  const settled = await settle?.();
  const record = settled === undefined ? planned : recordOf(services, id, requestHash, settled);
  return recordJob(services, record, job);
}

/** A job that is recorded; whoever began it may have died before its board was there. */
async function completeStart(services: JobStarter, record: JobRecord, job: CheckedJob): Promise<StartedJob> {
  const board = (await readBoard(services.state, record.id))?.board;
  if (board !== undefined) return { record, board };
  await claim(services, record);
  return recordJob(services, record, job);
}

function recordOf({ clock }: JobStarter, id: string, requestHash: string, job: CheckedJob): JobRecord {
  const { kind, source, destination, policy, spec } = job;
  const createdAt = isoTime(clock);
  const asked = { source, destination, ...(policy === undefined ? {} : { policy }), spec };
  return { version: 1, id, kind, createdAt, requestHash, ...asked };
}

async function recordJob(
  { state }: JobStarter,
  record: JobRecord,
  job: Pick<CheckedJob, 'warnings' | 'keys'>,
): Promise<StartedJob> {
  const board: Board = { ...newBoard(record.id), run: 1, warnings: job.warnings ?? [] };
  const result = await createJob(state, record, board, job.keys);
  if (result.created) return { record, board };
  if (result.record.requestHash !== record.requestHash) throw keyReused();
  return { record: result.record, board: (await readBoard(state, record.id))?.board ?? board };
}

/** Starts what the board says. A failure is logged only: the timer starts what was recorded. */
export async function startRun(
  services: JobStarter,
  job: string,
  run: number,
  context: InvocationContext,
): Promise<void> {
  try {
    await services.startRun(job, run, context);
  } catch (error) {
    services.log('start-postponed', { job, run, error: error instanceof Error ? error.name : 'unknown' });
  }
}

async function claim(services: JobStarter, record: JobRecord): Promise<void> {
  const { state, clock } = services;
  const { id, spec } = record;
  const claimed = await claimDestination(state, {
    job: id,
    destination: spec.destination,
    nowMs: clock.now(),
    mode: modeOf(spec),
  });
  if (claimed.ok) return;
  if (claimed.holder === id) throw keyReused();
  throw new Problem('destination-in-use', {
    detail: `job ${claimed.holder} has not ended and writes at an overlapping place`,
    field: 'destination',
    advice: `Wait for job ${claimed.holder} or cancel it, choose another destination, or set allowOverlap.`,
  });
}

function modeOf(spec: JobSpec): ClaimMode {
  if (spec.dryRun) return 'none';
  return spec.allowOverlap ? 'shared' : 'exclusive';
}

function keyReused(): Problem {
  return new Problem('idempotency-key-reused', {
    detail: 'an earlier request with this Idempotency-Key asked for something else',
    field: 'Idempotency-Key',
    advice: 'Use a new key for a new request; repeat the old request unchanged to get its job.',
  });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, field]) => [name, sorted(field)]);
}
