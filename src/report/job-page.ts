import type { ContainerPair } from '../job/job-spec.js';
import type { OutcomeKind } from '../job/outcome.js';
import type { Board } from '../record/board.js';
import type { JobRecord } from '../record/job-record.js';
import { readPairs } from '../record/pairs.js';
import type { SegmentWithOutcomes } from '../record/segment-block.js';
import type { StateStore } from '../storage/state-store.js';
import type { ReportLine } from './report-line.js';
import type { Page } from './walk.js';
import { readPage } from './walk.js';

/** A job as reports read it. */
export interface ReportedJob {
  readonly record: JobRecord;
  readonly board: Board;
}

export interface ReportOptions {
  readonly outcomes: ReadonlySet<OutcomeKind>;
  /** Leaves deletes out. */
  readonly copiesOnly?: boolean;
  /** `next` of an earlier page with the same outcomes. */
  readonly token?: string;
  /** At least 1. */
  readonly maxLines: number;
}

/**
 * A page of what `linesOf` makes of a job's segments, in their order; empty before the job has been scanned. A token of
 * one view is refused by another. Throws `ContinuationError`.
 */
export async function readJobPage(
  state: StateStore,
  { record, board }: ReportedJob,
  view: 'plan' | 'report' | 'copies',
  options: ReportOptions,
  linesOf: (pairs: readonly ContainerPair[], found: SegmentWithOutcomes) => Promise<readonly ReportLine[]>,
): Promise<Page<ReportLine>> {
  const { id } = record;
  const stored = await readPairs(state, id);
  if (stored === undefined) return { lines: [] };
  const purpose = `${view} ${id} ${[...options.outcomes].sort().join(',')}`;
  return readPage(state, id, board.groups, { ...options, purpose }, (found) => linesOf(stored.pairs, found));
}
