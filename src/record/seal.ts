import type { StateStore } from '../storage/state-store.js';
import { emptySegment, type SegmentDraft } from '../plan/segment.js';
import { type Board, type Unit, unitsInHand } from './board.js';
import { createOutcomeFile } from './outcomes.js';
import type { OutcomeRef } from './refs.js';
import { writeSegment } from './segments.js';

/**
 * Makes the record of a job final before it is added up, for a job that ends with work in hand: a slice that is still
 * at it, because it was delivered twice or its worker was thought dead, finds its outcome blob closed and its next
 * segment taken. What it had written by then counts. Two requests for each unit in hand, a few for an open listing.
 */
export async function sealRecord(state: StateStore, board: Board): Promise<void> {
  await Promise.all([
    ...unitsInHand(board)
      .flatMap((unit) => partsOf(unit))
      .map((ref) => sealPart(state, board.job, ref)),
    ...board.groups.map(({ listed, written }, group) =>
      listed ? undefined : sealListing(state, board.job, group, written),
    ),
  ]);
}

function partsOf(unit: Unit): readonly OutcomeRef[] {
  switch (unit.kind) {
    case 'copy':
    case 'delete':
      return [{ group: unit.group, index: unit.index, part: unit.kind }];
    case 'commit':
      return [{ group: unit.group, index: unit.index, part: { large: unit.large } }];
    default:
      return [];
  }
}

async function sealPart(state: StateStore, job: string, ref: OutcomeRef): Promise<void> {
  const file = createOutcomeFile(state, job, ref);
  const { settled, final } = await file.open({ again: true });
  if (!final) await file.finish(settled);
}

const seal: SegmentDraft = { ...emptySegment, sealed: true };

/** Takes the place of the next segment: what a scan has stored before stays, what it stores after is refused. */
async function sealListing(state: StateStore, job: string, group: number, written: number): Promise<void> {
  for (let index = written; ; index += 1) {
    const stored = await writeSegment(state, job, { group, index }, seal);
    if (stored.sealed === true) return;
  }
}
