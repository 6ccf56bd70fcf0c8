/** Bytes that were written and not cleared since; everything else of a file reads as zeros. `end` is exclusive. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  /** Names the content file that holds the bytes, at the same offset: a generation ends with each share snapshot. */
  readonly generation: number;
}

/** Where a range begins and ends (exclusive). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The extents, in order and disjoint, after bytes were written; neighbours of one generation become one. */
export function writeExtent(extents: readonly Extent[], written: Extent): Extent[] {
  const { from, to, before, after } = cut(extents, written);
  const middle: Extent[] = [];
  for (const extent of [...before, written, ...after]) join(middle, extent);
  const previous = from > 0 ? extents[from - 1] : undefined;
  const next = extents[to];
  const around = [...(previous === undefined ? [] : [previous])];
  for (const extent of [...middle, ...(next === undefined ? [] : [next])]) join(around, extent);
  return extents.toSpliced(
    previous === undefined ? from : from - 1,
    to - from + (previous === undefined ? 0 : 1) + (next === undefined ? 0 : 1),
    ...around,
  );
}

/** The extents after a range was cleared, or cut off: `end` may be Infinity. */
export function clearExtents(extents: readonly Extent[], cleared: Span): Extent[] {
  const { from, to, before, after } = cut(extents, cleared);
  return extents.toSpliced(from, to - from, ...before, ...after);
}

/** The parts of the extents within a range. */
export function extentsWithin(extents: readonly Extent[], { start, end }: Span): Extent[] {
  const found: Extent[] = [];
  for (let i = firstEndingAfter(extents, start); i < extents.length; i++) {
    const extent = extents[i];
    if (extent === undefined || extent.start >= end) break;
    found.push({ ...extent, start: Math.max(start, extent.start), end: Math.min(end, extent.end) });
  }
  return found;
}

/** Ranges as the service lists them: adjacent ones as one, whatever wrote them. */
export function coalesce(spans: readonly Span[]): Span[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of spans) {
    const last = result.at(-1);
    if (last !== undefined && last.end >= start) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

/** What of `spans` (in order and disjoint) does not lie in `removed`. */
export function subtract(spans: readonly Span[], removed: readonly Span[]): Span[] {
  let rest: readonly Extent[] = spans.map((span) => ({ ...span, generation: 0 }));
  for (const span of removed) rest = clearExtents(rest, span);
  return rest.map(({ start, end }) => ({ start, end }));
}

interface Cut {
  /** First and, exclusive, last index of the extents that the range touches. */
  readonly from: number;
  readonly to: number;
  /** What is left of the first and the last of them. */
  readonly before: readonly Extent[];
  readonly after: readonly Extent[];
}

function cut(extents: readonly Extent[], { start, end }: Span): Cut {
  const from = firstEndingAfter(extents, start);
  let to = from;
  while ((extents[to]?.start ?? Infinity) < end) to++;
  const first = extents[from];
  const last = extents[to - 1];
  return {
    from,
    to,
    before: to > from && first !== undefined && first.start < start ? [{ ...first, end: start }] : [],
    after: to > from && last !== undefined && last.end > end ? [{ ...last, start: end }] : [],
  };
}

function firstEndingAfter(extents: readonly Extent[], offset: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((extents[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function join(list: Extent[], extent: Extent): void {
  const last = list.at(-1);
  if (last?.end === extent.start && last.generation === extent.generation) {
    list[list.length - 1] = { ...last, end: extent.end };
  } else list.push(extent);
}
