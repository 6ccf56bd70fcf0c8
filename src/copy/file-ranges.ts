import { createHash } from 'node:crypto';
import { serviceLimits } from '../job/limits.js';
import type { ByteRange } from '../storage/store.js';

/**
 * The ranges to copy, one request each: the file cut into stretches of 4 MiB, each as far as `stored` (ascending, all of
 * the file when absent) has something in it. What is left out is zeros in a new file. Pure.
 */
export function planRanges(sizeBytes: number, stored?: readonly ByteRange[]): readonly ByteRange[] {
  const { fileRangeBytes: stretch } = serviceLimits;
  const hulls = new Map<number, { from: number; to: number }>();
  for (const range of stored ?? [{ offset: 0, sizeBytes }]) {
    const end = Math.min(range.offset + range.sizeBytes, sizeBytes);
    for (let from = range.offset; from < end;) {
      const index = Math.floor(from / stretch);
      const to = Math.min(end, (index + 1) * stretch);
      const hull = hulls.get(index);
      hulls.set(index, { from: hull?.from ?? from, to });
      from = to;
    }
  }
  return [...hulls.values()].map(({ from, to }) => ({ offset: from, sizeBytes: to - from }));
}

/** Those of `wanted` that are not wholly within one of `stored`, which ascend and do not touch. Pure. */
export function missingRanges(
  wanted: readonly ByteRange[],
  stored: readonly ByteRange[],
): readonly ByteRange[] {
  let at = 0;
  return wanted.filter(({ offset, sizeBytes }) => {
    while (endOf(stored[at]) <= offset && at < stored.length) at += 1;
    const holder = stored[at];
    return holder === undefined || holder.offset > offset || endOf(holder) < offset + sizeBytes;
  });
}

function endOf(range: ByteRange | undefined): number {
  return range === undefined ? Number.POSITIVE_INFINITY : range.offset + range.sizeBytes;
}

const ticksPerDay = 864_000_000_000n;

/**
 * Creation time of a file that is still being filled: a time in the years 1700 to 1799 that stands for this version
 * (`etag`) of the source (`place`). A later try knows an unfinished copy by it, and keeps the ranges that it has. Pure.
 */
export function unfinishedMark(place: string, etag: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([place, etag]))
    .digest();
  const ticks = hash.readBigUInt64BE(0) % (36_500n * ticksPerDay);
  const milliseconds = Date.UTC(1700, 0, 1) + Number(ticks / 10_000n);
  const text = new Date(milliseconds).toISOString().slice(0, -1);
  return `${text}${String(ticks % 10_000n).padStart(4, '0')}Z`;
}
