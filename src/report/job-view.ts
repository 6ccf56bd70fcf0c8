import type { CopyErrorCode } from '../job/copy-error.js';
import type { JobSpec } from '../job/job-spec.js';
import type { Counts } from '../job/outcome.js';
import { settledCount } from '../job/outcome.js';
import type { JobPhase, JobStatus } from '../job/status.js';
import { isTerminal } from '../job/status.js';
import type { Board, Totals } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { adviceFor } from './advice.js';

/** One of the last failures. */
export interface JobErrorView {
  readonly at: string;
  readonly code: CopyErrorCode;
  readonly key: string;
  readonly message: string;
  readonly advice?: string;
}

/** A job as the API shows it. Times are ISO 8601, null when they have not come. */
export interface JobView {
  readonly id: string;
  readonly kind: JobRecord['kind'];
  readonly status: JobStatus;
  readonly phase: JobPhase;
  /** What was asked for and is not in effect yet. */
  readonly pending?: 'pause' | 'cancel';
  readonly run: number;
  readonly source: string;
  readonly destination: string;
  readonly spec: JobSpec;
  readonly counts: Counts;
  /** Objects seen by the listings so far. */
  readonly listed: { readonly source: number; readonly destination: number };
  readonly deletesPlanned: number;
  readonly bytes: { readonly planned: number; readonly copied: number };
  readonly requests: { readonly source: number; readonly destination: number; readonly state: number };
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Null while unknown: before the listing is complete, and when nothing moves. */
  readonly etaSeconds: number | null;
  /** Mean over the job's working time. */
  readonly rate: { readonly objectsPerSecond: number; readonly bytesPerSecond: number };
  /** Once the job has ended: is every planned object accounted for? */
  readonly conservation?: { readonly holds: boolean };
  /** Why the job stands where it stands. */
  readonly reason?: string;
  readonly reasonCode?: string;
  readonly planHash?: string;
  /** Somebody has approved: is it this plan? */
  readonly approved?: boolean;
  readonly retryOf?: string;
  /** The policy that started it, and for which time. */
  readonly policy?: JobRecord['policy'];
  readonly warnings: readonly string[];
  /** The last few; the report has all. */
  readonly errors: readonly JobErrorView[];
}

/** Shows a job. Counts include what lanes have settled in units that are not finished. Pure. */
export function jobView(record: JobRecord, board: Board, nowMs: number): JobView {
  const totals = totalsNow(board);
  const rate = rateOf(board, totals, nowMs);
  const { retryOf } = record.spec;
  const pending = isTerminal(board.status) || board.desired === 'run' ? undefined : board.desired;
  return {
    id: record.id,
    kind: record.kind,
    status: board.status,
    phase: board.phase,
    ...(pending === undefined ? {} : { pending }),
    run: board.run,
    source: record.source,
    destination: record.destination,
    spec: record.spec,
    counts: countsOf(totals),
    listed: { source: totals.listed, destination: totals.destinationListed },
    deletesPlanned: totals.deletesPlanned,
    bytes: { planned: totals.bytesPlanned, copied: totals.bytesCopied },
    requests: {
      source: totals.requestsSource,
      destination: totals.requestsDestination,
      state: totals.requestsState,
    },
    createdAt: record.createdAt,
    startedAt: board.startedAt ?? null,
    finishedAt: board.finishedAt ?? null,
    etaSeconds: etaOf(board, totals, nowMs),
    rate,
    ...(isTerminal(board.status) ? { conservation: { holds: settledCount(totals) === totals.planned } } : {}),
    ...(board.reason === undefined ? {} : { reason: board.reason.text, reasonCode: board.reason.code }),
    ...(board.planHash === undefined ? {} : { planHash: board.planHash }),
    ...(board.approved === undefined ? {} : { approved: board.approved === board.planHash }),
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(record.policy === undefined ? {} : { policy: record.policy }),
    warnings: board.warnings,
    errors: board.errors.map((sample) => {
      const advice = adviceFor(sample.code);
      return { ...sample, ...(advice === undefined ? {} : { advice }) };
    }),
  };
}

function countsOf(totals: Totals): Counts {
  const { planned, copied, skipped, deleted, failed, conflicts, notAttempted } = totals;
  return { planned, copied, skipped, deleted, failed, conflicts, notAttempted };
}

function totalsNow(board: Board): Totals {
  const sums: Record<string, number> = { ...board.totals };
  for (const { partial } of Object.values(board.holdings)) {
    for (const [name, value] of Object.entries(partial ?? {})) sums[name] = (sums[name] ?? 0) + value;
  }
  return { ...board.totals, ...sums };
}

/** Until when the job has worked: now while it runs, else its last sign of life. */
function workedUntilMs(board: Board, nowMs: number): number {
  const last = board.finishedAt ?? board.beatAt;
  return board.status === 'Running' || last === undefined ? nowMs : Date.parse(last);
}

function rateOf(board: Board, totals: Totals, nowMs: number): JobView['rate'] {
  if (board.startedAt === undefined) return { objectsPerSecond: 0, bytesPerSecond: 0 };
  const seconds = Math.max(0.1, (workedUntilMs(board, nowMs) - Date.parse(board.startedAt)) / 1000);
  const settled = settledCount(totals) - totals.notAttempted;
  return {
    objectsPerSecond: Math.round((settled / seconds) * 100) / 100,
    bytesPerSecond: Math.round(totals.bytesCopied / seconds),
  };
}

/** A server-side copy of so many bytes takes about as long as one more request does. */
const bytesPerRequest = 16 * 2 ** 20;

function effort(objects: number, bytes: number): number {
  return objects + bytes / bytesPerRequest;
}

/** By effort, since neither objects nor bytes alone tell how long a mixture of small and large objects takes. */
function etaOf(board: Board, totals: Totals, nowMs: number): number | null {
  const listed = board.groups.length > 0 && board.groups.every((group) => group.listed);
  if (board.status !== 'Running' || !listed || board.startedAt === undefined) return null;
  const settled = settledCount(totals) - totals.notAttempted;
  const objectsLeft = totals.planned - settled;
  if (objectsLeft <= 0) return 0;
  const done = effort(settled, totals.bytesCopied);
  const left = effort(objectsLeft, Math.max(0, totals.bytesPlanned - totals.bytesCopied));
  return done > 0 ? Math.ceil(((nowMs - Date.parse(board.startedAt)) / 1000) * (left / done)) : null;
}
