import type { ContainerPair } from '../job/job-spec.js';
import type { OutcomeKind } from '../job/outcome.js';
import type { SegmentWithOutcomes } from '../record/segment-block.js';
import { readSegment } from '../record/segments.js';
import type { StateStore } from '../storage/state-store.js';
import { readJobPage, type ReportedJob, type ReportOptions } from './job-page.js';
import type { ReportLine } from './report-line.js';
import { lineOfFailure, lineOfOperation, lineOfSkip } from './report-line.js';
import type { Page } from './walk.js';

/**
 * A page of the job's plan, in order of segments: each operation with its action and reason. Operations count as
 * `notAttempted`, so the default filter shows what would be done, and `all` adds what would be skipped. Throws
 * `ContinuationError`.
 */
export async function readPlan(
  state: StateStore,
  job: ReportedJob,
  options: ReportOptions,
): Promise<Page<ReportLine>> {
  return readJobPage(state, job, 'plan', options, (pairs, found) =>
    planLines(state, job.record.id, pairs, options.outcomes, found),
  );
}

async function planLines(
  state: StateStore,
  job: string,
  pairs: readonly ContainerPair[],
  wanted: ReadonlySet<OutcomeKind>,
  { segment }: SegmentWithOutcomes,
): Promise<readonly ReportLine[]> {
  const { summary } = segment;
  const operations = summary.copies + summary.large + summary.deletes;
  const promised =
    (wanted.has('notAttempted') && operations > 0) ||
    (wanted.has('skipped') && summary.skips > 0) ||
    (wanted.has('failed') && summary.failures > 0);
  if (!promised) return [];
  const draft = await readSegment(state, job, segment.ref);
  const lines: ReportLine[] = [];
  if (wanted.has('skipped')) {
    lines.push(...draft.skips.map((skip) => ({ ...lineOfSkip(pairs, skip), action: 'skip' as const })));
  }
  if (wanted.has('failed')) {
    lines.push(...draft.failures.map((one) => ({ ...lineOfFailure(pairs, one), action: 'fail' as const })));
  }
  if (wanted.has('notAttempted')) {
    for (const operation of [...draft.copies, ...draft.large, ...draft.deletes]) {
      const { action, reason } = operation;
      lines.push({ ...lineOfOperation(pairs, operation, reason), action });
    }
  }
  return lines;
}
