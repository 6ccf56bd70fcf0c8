import { createHash } from 'node:crypto';
import type { Counts } from '../job/outcome.js';
import { zeroCounts } from '../job/outcome.js';
import type { SegmentSummary } from '../plan/segment.js';
import type { OutcomeEntry } from '../record/outcomes.js';
import { listOutcomes } from '../record/outcomes.js';
import type { SegmentRef } from '../record/refs.js';
import { listSegments } from '../record/segments.js';
import type { StateStore } from '../storage/state-store.js';

/** Operations that have no outcome. */
export interface Missing {
  readonly copies: number;
  readonly large: number;
  readonly deletes: number;
}

/** A job's sums, made anew from what its segments and outcome blobs say of themselves. */
export interface Reconciliation {
  /** Operations without an outcome count as `notAttempted`. */
  readonly counts: Counts;
  readonly bytesPlanned: number;
  readonly bytesCopied: number;
  /** Same as `counts.planned`. */
  readonly planned: number;
  readonly missing: Missing;
  /** Every part of every segment has a final outcome blob with exactly one outcome per operation. */
  readonly complete: boolean;
  /** sha256 over the hashes of all segments in order, hex. Two plans with the same hash do the same. */
  readonly planHash: string;
  readonly segments: number;
}

interface Tally {
  readonly summary: SegmentSummary;
  copies: number;
  large: number;
  deletes: number;
  finalParts: number;
}

/**
 * Adds a job up from its blobs' metadata; opens none. One request per 5,000 segments and 5,000 outcome blobs. An
 * outcome without an operation, or two for one, makes `planned` differ from the sum of the others.
 */
export async function reconcile(state: StateStore, job: string): Promise<Reconciliation> {
  const tallies = new Map<string, Tally>();
  const hash = createHash('sha256');
  let counts: Counts = zeroCounts;
  let bytesPlanned = 0;
  for await (const segment of listSegments(state, job)) {
    const { ref, summary } = segment;
    hash.update(`${nameOf(ref)} ${segment.hash}\n`);
    tallies.set(nameOf(ref), { summary, copies: 0, large: 0, deletes: 0, finalParts: 0 });
    bytesPlanned += summary.copyBytes + summary.largeBytes;
    counts = {
      ...counts,
      planned:
        counts.planned + summary.copies + summary.large + summary.deletes + summary.skips + summary.failures,
      skipped: counts.skipped + summary.skips,
      failed: counts.failed + summary.failures,
    };
  }
  let bytesCopied = 0;
  let strays = 0;
  for await (const entry of listOutcomes(state, job)) {
    counts = add(counts, entry);
    bytesCopied += entry.bytesCopied;
    const tally = tallies.get(nameOf(entry.ref));
    if (tally === undefined) strays += 1;
    else note(tally, entry);
  }
  const all = [...tallies.values()];
  const missing = missingOf(all);
  return {
    counts: {
      ...counts,
      notAttempted: counts.notAttempted + missing.copies + missing.large + missing.deletes,
    },
    bytesPlanned,
    bytesCopied,
    planned: counts.planned,
    missing,
    complete: strays === 0 && all.every(isComplete),
    planHash: hash.digest('hex'),
    segments: all.length,
  };
}

function nameOf(ref: SegmentRef): string {
  return `${String(ref.group)}-${String(ref.index)}`;
}

function add(counts: Counts, { counts: more }: OutcomeEntry): Counts {
  return {
    planned: counts.planned,
    copied: counts.copied + more.copied,
    skipped: counts.skipped + more.skipped,
    deleted: counts.deleted + more.deleted,
    failed: counts.failed + more.failed,
    conflicts: counts.conflicts + more.conflicts,
    notAttempted: counts.notAttempted + more.notAttempted,
  };
}

function note(tally: Tally, { ref, counts, final }: OutcomeEntry): void {
  const settled = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (ref.part === 'copy') tally.copies += settled;
  else if (ref.part === 'delete') tally.deletes += settled;
  else tally.large += settled;
  if (final) tally.finalParts += 1;
}

function isComplete({ summary, copies, large, deletes, finalParts }: Tally): boolean {
  const parts = Number(summary.copies > 0) + summary.large + Number(summary.deletes > 0);
  return (
    copies === summary.copies && large === summary.large && deletes === summary.deletes && finalParts >= parts
  );
}

function missingOf(tallies: readonly Tally[]): Missing {
  const sum = (part: 'copies' | 'large' | 'deletes'): number =>
    tallies.reduce((total, tally) => total + Math.max(0, tally.summary[part] - tally[part]), 0);
  return { copies: sum('copies'), large: sum('large'), deletes: sum('deletes') };
}
