import type { ContainerPair } from '../../../src/job/job-spec.js';
import { scanGroup, type OpenedPair, type ScanOptions } from '../../../src/plan/scan.js';
import { summarise, type SegmentDraft, type SegmentSummary } from '../../../src/plan/segment.js';
import { PagedStore, specOf } from './plan-fixtures.js';

export const wholePair: ContainerPair = {
  sourceContainer: 'from',
  listPrefix: '',
  sourceBase: '',
  destinationContainer: 'to',
  destinationBase: '',
};

/** Options to scan the given sides, one pair each; the first pair has index 5 in its job. */
export function scanOf(
  sides: readonly OpenedPair[],
  changes: Partial<ScanOptions> = {},
  pair: ContainerPair = wholePair,
): ScanOptions {
  return {
    pairs: sides.map((_, position) => ({ index: 5 + position, pair })),
    open: ({ index }) =>
      Promise.resolve(sides[index - 5] ?? { source: new PagedStore([]), destination: new PagedStore([]) }),
    spec: specOf(),
    startedAt: '2026-06-01T00:00:00.000Z',
    tagsAllowed: { source: true, destination: true },
    signal: new AbortController().signal,
    ...changes,
  };
}

export async function drafts(options: ScanOptions): Promise<SegmentDraft[]> {
  const found: SegmentDraft[] = [];
  for await (const draft of scanGroup(options)) {
    found.push(draft);
  }
  return found;
}

/** All drafts as one, without cursor. */
export function merged(parts: readonly SegmentDraft[]): SegmentDraft {
  const sum = (pick: (draft: SegmentDraft) => number): number =>
    parts.reduce((total, draft) => total + pick(draft), 0);
  return {
    copies: parts.flatMap(({ copies }) => copies),
    large: parts.flatMap(({ large }) => large),
    deletes: parts.flatMap(({ deletes }) => deletes),
    skips: parts.flatMap(({ skips }) => skips),
    failures: parts.flatMap(({ failures }) => failures),
    listed: sum(({ listed }) => listed),
    destinationListed: sum(({ destinationListed }) => destinationListed),
  };
}

/** One line for each thing decided, sorted by kind. */
export function lines(draft: SegmentDraft): string[] {
  return [
    ...draft.copies.map(({ pair, key, reason }) => `${String(pair)} copy ${key} ${reason}`),
    ...draft.large.map(({ pair, key, reason }) => `${String(pair)} large ${key} ${reason}`),
    ...draft.deletes.map(({ pair, key, reason }) => `${String(pair)} delete ${key} ${reason}`),
    ...draft.skips.map(({ pair, key, reason }) => `${String(pair)} skip ${key} ${reason}`),
    ...draft.failures.map(({ pair, key, reason }) => `${String(pair)} fail ${key} ${reason}`),
  ];
}

export function totals(parts: readonly SegmentDraft[]): SegmentSummary {
  return summarise(merged(parts));
}
