import type { JobStatus } from '../job/status.js';
import type { Board } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';

/** A CloudEvent 1.0 about a job that has ended: JSON, in the shape that is stored and sent. */
export interface CompletionEvent {
  readonly specversion: '1.0';
  /** The job's: an event that arrives twice has the same id. */
  readonly id: string;
  readonly source: 'urn:tranship';
  readonly type: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

const types: Readonly<Partial<Record<JobStatus, string>>> = {
  Completed: 'Tranship.JobCompleted',
  CompletedWithErrors: 'Tranship.JobCompletedWithErrors',
  Failed: 'Tranship.JobFailed',
  Cancelled: 'Tranship.JobCancelled',
};

/** What to tell of a job; undefined while it has not ended. URLs without queries, sums, codes; no object's name. Pure. */
export function completionEvent(record: JobRecord, board: Board): CompletionEvent | undefined {
  const type = types[board.status];
  if (type === undefined) return undefined;
  const { planned, copied, skipped, deleted, failed, conflicts, notAttempted } = board.totals;
  const { bytesPlanned, bytesCopied } = board.totals;
  return {
    specversion: '1.0',
    id: record.id,
    source: 'urn:tranship',
    type,
    subject: `jobs/${record.id}`,
    time: board.finishedAt ?? record.createdAt,
    datacontenttype: 'application/json',
    data: {
      job: record.id,
      kind: record.kind,
      status: board.status,
      ...(board.reason === undefined ? {} : { reasonCode: board.reason.code }),
      ...(record.policy === undefined ? {} : { policy: record.policy }),
      source: record.source,
      destination: record.destination,
      counts: { planned, copied, skipped, deleted, failed, conflicts, notAttempted },
      bytes: { planned: bytesPlanned, copied: bytesCopied },
      createdAt: record.createdAt,
      startedAt: board.startedAt ?? null,
      finishedAt: board.finishedAt ?? null,
      report: `/api/jobs/${record.id}/report`,
    },
  };
}
