import type { OutcomeKind } from '../job/outcome.js';
import { outcomeKinds } from '../job/outcome.js';
import { isTerminal } from '../job/status.js';
import type { StateStore } from '../storage/state-store.js';
import { readJobPage, type ReportedJob, type ReportOptions } from './job-page.js';
import type { ReportLine } from './report-line.js';
import type { LineQuery } from './segment-lines.js';
import { segmentLines } from './segment-lines.js';
import type { Page } from './walk.js';

/** What a report shows unless asked otherwise: everything that is not a success. */
export const nonSuccesses: ReadonlySet<OutcomeKind> = new Set(['failed', 'conflict', 'notAttempted']);

/** Kinds of a filter: absent, `all`, or names between commas. Undefined for an unknown name. */
export function parseOutcomes(text: string | undefined): ReadonlySet<OutcomeKind> | undefined {
  if (text === undefined || text === '') return nonSuccesses;
  if (text === 'all') return new Set(outcomeKinds);
  const names = text.split(',');
  const known = outcomeKinds.filter((kind) => names.includes(kind));
  return names.every((name) => (outcomeKinds as readonly string[]).includes(name))
    ? new Set(known)
    : undefined;
}

/**
 * A page of the job's report, in order of segments. Once the job is terminal the pages are complete and never change;
 * before, they hold what is settled. A page may be empty and have a `next`. Throws `ContinuationError`.
 */
export async function readReport(
  state: StateStore,
  job: ReportedJob,
  options: ReportOptions,
): Promise<Page<ReportLine>> {
  const untried = untriedOf(job);
  const { outcomes: wanted, copiesOnly = false } = options;
  return readJobPage(state, job, copiesOnly ? 'copies' : 'report', options, (pairs, found) => {
    const query: LineQuery = {
      job: job.record.id,
      pairs,
      wanted,
      copiesOnly,
      ...(untried === undefined ? {} : { untried }),
    };
    return segmentLines(state, query, found);
  });
}

function untriedOf({ record, board }: ReportedJob): LineQuery['untried'] {
  if (!isTerminal(board.status)) return undefined;
  if (record.spec.dryRun) return { copy: 'dry-run', delete: 'dry-run' };
  if (board.status === 'Cancelled') return { copy: 'cancelled', delete: 'cancelled' };
  return { copy: 'job-failed', delete: 'delete-not-opened' };
}
