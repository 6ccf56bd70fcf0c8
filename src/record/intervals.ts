/** Ascending, disjoint half-open ranges `[from, to)` of whole numbers: thousands of segments in a few bytes. Pure. */
export type Intervals = readonly (readonly [from: number, to: number])[];

/** Adds one number. Adding a number twice changes nothing. */
export function addTo(intervals: Intervals, value: number): Intervals {
  const result: [number, number][] = [];
  let [from, to] = [value, value + 1];
  for (const [start, end] of intervals) {
    if (end < from || start > to) {
      result.push([start, end]);
    } else {
      from = Math.min(from, start);
      to = Math.max(to, end);
    }
  }
  result.push([from, to]);
  return result.sort((left, right) => left[0] - right[0]);
}

/** Smallest number, or undefined. */
export function firstOf(intervals: Intervals): number | undefined {
  return intervals[0]?.[0];
}

/** Removes one number; removing what is not there changes nothing. */
export function removeFrom(intervals: Intervals, value: number): Intervals {
  return intervals.flatMap(([start, end]) =>
    value < start || value >= end
      ? [[start, end] as const]
      : (
          [
            [start, value],
            [value + 1, end],
          ] as const
        ).filter(([left, right]) => left < right),
  );
}

export function sizeOf(intervals: Intervals): number {
  return intervals.reduce((sum, [start, end]) => sum + end - start, 0);
}

/**
 * At most `most` ranges, by closing the smallest gaps. The result may hold numbers that were never added: whoever takes
 * one must find out that there is nothing to do.
 */
export function coarsen(intervals: Intervals, most: number): Intervals {
  const result = intervals.map(([start, end]): [number, number] => [start, end]);
  while (result.length > most) {
    let closest = 1;
    let smallest = Infinity;
    for (let index = 1; index < result.length; index += 1) {
      const gap = (result[index]?.[0] ?? Infinity) - (result[index - 1]?.[1] ?? 0);
      if (gap < smallest) [smallest, closest] = [gap, index];
    }
    const merged = result[closest];
    const before = result[closest - 1];
    if (merged === undefined || before === undefined) break;
    before[1] = merged[1];
    result.splice(closest, 1);
  }
  return result;
}
