import { Retry } from '../../copy/retry.js';
import { scanGroup } from '../../plan/scan.js';
import { type ScanCursor, type SegmentDraft, summarise } from '../../plan/segment.js';
import { type Holder, reportSegment, yieldScan } from '../../record/board-finish.js';
import { handsOver } from '../../record/board-take.js';
import { readKeys } from '../../record/key-list.js';
import type { SegmentRef } from '../../record/refs.js';
import { readSegment, writeSegment } from '../../record/segments.js';
import type { SliceScope } from '../slice-scope.js';
import { listedSides } from './listed-sides.js';
import type { UnitEnd } from './unit-end.js';

/** Where a scan goes on: the number of its next segment, and the cursor that the last one left. */
interface Position {
  readonly index: number;
  readonly cursor: ScanCursor | undefined;
  readonly listed: boolean;
}

/**
 * Lists a group, writes its segments and tells the board of each. A segment that a dead scan wrote before it could tell
 * the board is adopted as it is: nothing is ever numbered again.
 */
export async function scanGroupUnit(scope: SliceScope, holder: Holder, group: number): Promise<UnitEnd> {
  let position = await positionOf(scope, group);
  while (!position.listed) {
    const next = await scanOn(scope, holder, group, position);
    if (next === 'ahead') return { finish: (board) => yieldScan(board, holder) };
    if (next === 'stopped') return 'held';
    position = next;
  }
  return { finish: (board) => board };
}

async function positionOf(scope: SliceScope, group: number): Promise<Position> {
  const state = scope.groupState(group);
  const index = state?.written ?? 0;
  if (state?.listed === true) return { index, cursor: undefined, listed: true };
  if (index === 0) return { index, cursor: undefined, listed: false };
  const last = await readSegment(scope.state, scope.input.job, { group, index: index - 1 });
  return { index, cursor: last.cursor, listed: last.cursor === undefined };
}

/** Scans until the group ends, the slice stops, enough is ready, or a stored segment takes the place of ours. */
async function scanOn(
  scope: SliceScope,
  holder: Holder,
  group: number,
  from: Position,
): Promise<Position | 'ahead' | 'stopped'> {
  let { index } = from;
  for await (const draft of draftsFrom(scope, group, from.cursor)) {
    const ref: SegmentRef = { group, index };
    const stored = await writeSegment(scope.state, scope.input.job, ref, draft);
    // The job is being ended, and the listing with it: the board must not take that for the listing's own end.
    if (stored.sealed === true) return 'stopped';
    const listed = stored.cursor === undefined;
    const ahead = await scope.change((board) => {
      const told = reportSegment(board, holder, ref, summarise(stored), listed);
      return { board: told, result: handsOver(told, scope.taker) };
    });
    // The last one only: an earlier one would take up memory beside the next.
    if (listed) scope.keepSegment(ref, stored);
    index += 1;
    if (listed || stored !== draft) return { index, cursor: stored.cursor, listed };
    if (ahead) return 'ahead';
    if (scope.shouldStop()) return 'stopped';
  }
  return { index, cursor: undefined, listed: true };
}

function draftsFrom(
  scope: SliceScope,
  group: number,
  cursor: ScanCursor | undefined,
): AsyncGenerator<SegmentDraft> {
  const { state, input, pairs, spec } = scope;
  const { firstPage } = scope.services;
  return scanGroup({
    pairs: (pairs.groups[group] ?? []).map((index) => ({ index, pair: scope.pair(index) })),
    open: ({ index }) =>
      Promise.resolve({
        ...listedSides(
          scope,
          index,
          firstPage?.before(input.job, scope.source(index)) ?? scope.source(index),
        ),
        destinationMissing: pairs.missingDestinations.includes(index),
      }),
    ...(cursor === undefined ? {} : { cursor }),
    spec,
    keys: (from) => readKeys(state, input.job, from),
    startedAt: scope.scanStartedAt,
    tagsAllowed: pairs.tags,
    shouldFlush: scope.shouldStop,
    attempt: (request) => new Retry({ clock: scope.services.clock, signal: scope.signal }).read(request),
    signal: scope.signal,
  });
}
