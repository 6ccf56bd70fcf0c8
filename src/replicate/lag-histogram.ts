/** Upper edges of the classes in milliseconds, each 1.25 times the last: a quantile is at most a quarter too high. */
const firstEdgeMs = 50;
const growth = 1.25;
/** The last class begins at about 15 hours. */
const classes = 64;

/** Counts of lags by class. Short: empty classes at the end are left out. */
export type LagHistogram = readonly number[];

/** The histogram with one more lag. Pure. */
export function addLag(histogram: LagHistogram, lagMs: number): LagHistogram {
  const exact = Math.ceil(Math.log(Math.max(lagMs, firstEdgeMs) / firstEdgeMs) / Math.log(growth));
  const index = Math.min(classes - 1, Math.max(0, exact));
  const length = Math.max(histogram.length, index + 1);
  return Array.from({ length }, (_, at) => (histogram[at] ?? 0) + (at === index ? 1 : 0));
}

/** Both histograms together. Pure. */
export function mergeLags(left: LagHistogram, right: LagHistogram): LagHistogram {
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, at) => (left[at] ?? 0) + (right[at] ?? 0),
  );
}

/** A lag that this share of all lags does not exceed; undefined without any. Pure. */
export function lagQuantileMs(histogram: LagHistogram, share: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  const index = histogram.findIndex((count) => {
    seen += count;
    return seen >= share * total;
  });
  return Math.round(firstEdgeMs * growth ** index);
}
