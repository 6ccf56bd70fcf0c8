import type { StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import type { OutcomeEntry } from './outcomes.js';
import { outcomeEntryOf } from './outcomes.js';
import { stateNames } from './refs.js';
import type { SegmentEntry } from './segments.js';
import { segmentEntryOf } from './segments.js';

/** Segments that are listed together: as many as two digits of their number tell apart. */
export const blockSegments = 100;

/** A segment with what is known of its outcomes; nothing is opened. */
export interface SegmentWithOutcomes {
  readonly segment: SegmentEntry;
  /** By part: copy, delete, large objects. */
  readonly outcomes: readonly OutcomeEntry[];
}

/**
 * The segments `block * 100` to `block * 100 + 99` of a group in order, with their outcome blobs. Two requests, however
 * many segments the job has: a reader can begin anywhere.
 */
export async function listBlock(
  state: StateStore,
  job: string,
  group: number,
  block: number,
): Promise<readonly SegmentWithOutcomes[]> {
  const first = { group, index: block * blockSegments };
  const digits = String(blockSegments).length - 1;
  const segmentPrefix = stateNames.segment(job, first).slice(0, -digits);
  const outcomePrefix = stateNames
    .outcome(job, { ...first, part: 'copy' })
    .slice(0, -(digits + '-copy'.length));

  const outcomes = new Map<number, OutcomeEntry[]>();
  for await (const entry of listAll(state, outcomePrefix)) {
    const outcome = outcomeEntryOf(job, entry);
    if (outcome === undefined) continue;
    const known = outcomes.get(outcome.ref.index);
    if (known === undefined) outcomes.set(outcome.ref.index, [outcome]);
    else known.push(outcome);
  }
  const found: SegmentWithOutcomes[] = [];
  for await (const entry of listAll(state, segmentPrefix)) {
    const segment = segmentEntryOf(job, entry);
    if (segment !== undefined) found.push({ segment, outcomes: outcomes.get(segment.ref.index) ?? [] });
  }
  return found;
}
