import type { ContainerPair } from '../job/job-spec.js';
import type { Operation } from '../job/operation.js';
import { countNames, type NotAttemptedReason, type Outcome, type OutcomeKind } from '../job/outcome.js';
import type { SegmentDraft } from '../plan/segment.js';
import type { OutcomeEntry } from '../record/outcomes.js';
import { readOutcomes } from '../record/outcomes.js';
import type { SegmentPart } from '../record/refs.js';
import type { SegmentWithOutcomes } from '../record/segment-block.js';
import { readSegment } from '../record/segments.js';
import type { StateStore } from '../storage/state-store.js';
import type { ReportLine } from './report-line.js';
import { lineOfFailure, lineOfOperation, lineOfOutcome, lineOfSkip } from './report-line.js';

/** What is asked of the segments of one job. */
export interface LineQuery {
  readonly job: string;
  readonly pairs: readonly ContainerPair[];
  readonly wanted: ReadonlySet<OutcomeKind>;
  /** Leaves deletes out. */
  readonly copiesOnly: boolean;
  /**
   * Why operations without an outcome have none; absent while the job may still try them. A delete that was never
   * opened has a reason of its own.
   */
  readonly untried?: { readonly copy: NotAttemptedReason; readonly delete: NotAttemptedReason };
}

/** A part of a segment: how many operations it plans, and what is known of their outcomes. */
interface Part {
  readonly part: SegmentPart;
  readonly planned: number;
  readonly entry: OutcomeEntry | undefined;
}

/**
 * The wanted lines of one segment, always in the same order: what the scan settled, then copies, large objects and
 * deletes. Blobs whose metadata promise nothing are not opened.
 */
export async function segmentLines(
  state: StateStore,
  query: LineQuery,
  found: SegmentWithOutcomes,
): Promise<readonly ReportLine[]> {
  const parts = partsOf(found).filter(({ part }) => !(query.copiesOnly && part === 'delete'));
  const untried = parts.filter((part) => hasUntried(query, part));
  const { ref, summary } = found.segment;
  const scanned =
    (query.wanted.has('skipped') && summary.skips > 0) ||
    (query.wanted.has('failed') && summary.failures > 0);
  const draft = scanned || untried.length > 0 ? await readSegment(state, query.job, ref) : undefined;
  const lines: ReportLine[] = draft === undefined ? [] : scanLines(query, draft);
  for (const part of parts) {
    const missing = untried.includes(part);
    const outcomes = await outcomesOf(state, query, part, missing);
    for (const outcome of outcomes) {
      if (query.wanted.has(outcome.outcome)) lines.push(lineOfOutcome(query.pairs, outcome));
    }
    if (draft !== undefined && missing) lines.push(...untriedLines(query, draft, part.part, outcomes));
  }
  return lines;
}

function scanLines({ wanted, pairs }: LineQuery, draft: SegmentDraft): ReportLine[] {
  return [
    ...(wanted.has('skipped') ? draft.skips.map((skip) => lineOfSkip(pairs, skip)) : []),
    ...(wanted.has('failed') ? draft.failures.map((failure) => lineOfFailure(pairs, failure)) : []),
  ];
}

function partsOf({ segment, outcomes }: SegmentWithOutcomes): readonly Part[] {
  const { summary } = segment;
  const entryOf = (part: SegmentPart): OutcomeEntry | undefined =>
    outcomes.find(({ ref }) => samePart(ref.part, part));
  return [
    { part: 'copy' as const, planned: summary.copies },
    ...Array.from({ length: summary.large }, (_, large) => ({ part: { large }, planned: 1 })),
    { part: 'delete' as const, planned: summary.deletes },
  ].map((part) => ({ ...part, entry: entryOf(part.part) }));
}

function samePart(left: SegmentPart, right: SegmentPart): boolean {
  return typeof left === 'string' || typeof right === 'string' ? left === right : left.large === right.large;
}

function hasUntried(query: LineQuery, part: Part): boolean {
  if (query.untried === undefined || !query.wanted.has('notAttempted')) return false;
  const settled = Object.values(part.entry?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  return settled < part.planned;
}

async function outcomesOf(
  state: StateStore,
  query: LineQuery,
  { entry }: Part,
  missing: boolean,
): Promise<readonly Outcome[]> {
  if (entry === undefined) return [];
  const promises = [...query.wanted].some((kind) => entry.counts[countNames[kind]] > 0);
  if (!promises && !missing) return [];
  return (await readOutcomes(state, query.job, entry.ref))?.outcomes ?? [];
}

function untriedLines(
  query: LineQuery,
  draft: SegmentDraft,
  part: SegmentPart,
  outcomes: readonly Outcome[],
): readonly ReportLine[] {
  const { untried } = query;
  if (untried === undefined) return [];
  const name = (object: { readonly pair: number; readonly key: string }): string =>
    `${String(object.pair)} ${object.key}`;
  const settled = new Set(outcomes.map(name));
  return operationsOf(draft, part)
    .filter((operation) => !settled.has(name(operation)))
    .map((operation) => lineOfOperation(query.pairs, operation, untried[operation.action]));
}

function operationsOf(draft: SegmentDraft, part: SegmentPart): readonly Operation[] {
  if (part === 'copy') return draft.copies;
  if (part === 'delete') return draft.deletes;
  const large = draft.large[part.large];
  return large === undefined ? [] : [large];
}
