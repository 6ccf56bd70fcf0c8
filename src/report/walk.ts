import type { GroupState } from '../record/board.js';
import type { SegmentWithOutcomes } from '../record/segment-block.js';
import { blockSegments, listBlock } from '../record/segment-block.js';
import type { StateStore } from '../storage/state-store.js';
import type { ContinuationValue } from './continuation.js';
import { decodeContinuation, encodeContinuation } from './continuation.js';

/** Lines of one page, and the token of the next. A page may be empty and still have a next one. */
export interface Page<Line> {
  readonly lines: readonly Line[];
  readonly next?: string;
}

export interface PageOptions {
  /** What is paged and how it is filtered: a token is good for the same purpose only. */
  readonly purpose: string;
  readonly token?: string;
  readonly maxLines: number;
}

interface Position {
  readonly group: number;
  readonly index: number;
  /** Lines of this segment that earlier pages have given. */
  readonly offset: number;
}

/** Blocks that one page may list: a job of millions of successes must not make one request of minutes. */
const maxBlocks = 50;

/** A page token that was not made by us for this use. */
export class ContinuationError extends Error {
  override readonly name = 'ContinuationError';
}

/**
 * Pages through the lines of a job's segments in order of segments. `linesOf` must give the same lines each time;
 * while the job runs, lines of unfinished segments may move from page to page. Throws {@link ContinuationError}.
 */
export async function readPage<Line>(
  state: StateStore,
  job: string,
  groups: readonly GroupState[],
  options: PageOptions,
  linesOf: (found: SegmentWithOutcomes) => Promise<readonly Line[]>,
): Promise<Page<Line>> {
  const lines: Line[] = [];
  let position = startOf(options);
  const next = (): string =>
    encodeContinuation(options.purpose, [position.group, position.index, position.offset]);

  for (let blocks = 0; position.group < groups.length; blocks += 1) {
    if (blocks === maxBlocks) return { lines, next: next() };
    const { group } = position;
    const block = Math.floor(position.index / blockSegments);
    const found = await listBlock(state, job, group, block);
    for (const entry of found) {
      const { index } = entry.segment.ref;
      if (index < position.index) continue;
      const offset = index === position.index ? position.offset : 0;
      const all = await linesOf(entry);
      const taken = all.slice(offset, offset + options.maxLines - lines.length);
      lines.push(...taken);
      position = { group, index, offset: offset + taken.length };
      if (position.offset < all.length) return { lines, next: next() };
      position = { group, index: index + 1, offset: 0 };
    }
    // A scan may have stored a segment that the board was never told of: go on until a block is empty.
    const more = found.length > 0 || (block + 1) * blockSegments < (groups[group]?.written ?? 0);
    position = more
      ? { group, index: (block + 1) * blockSegments, offset: 0 }
      : { group: group + 1, index: 0, offset: 0 };
  }
  return { lines };
}

function startOf({ purpose, token }: PageOptions): Position {
  if (token === undefined) return { group: 0, index: 0, offset: 0 };
  const value: ContinuationValue = decodeContinuation(purpose, token) ?? [];
  const [group, index, offset] = value;
  if (!isCount(group) || !isCount(index) || !isCount(offset)) {
    throw new ContinuationError('the continuation token is not one of this report and filter');
  }
  return { group, index, offset };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
