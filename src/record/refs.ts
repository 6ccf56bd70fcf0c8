/** Names of what a job stores; one place, so that nobody builds a name twice. */

/** The n-th slice of the n-th scan group: operations in listing order. */
export interface SegmentRef {
  readonly group: number;
  readonly index: number;
}

/** Which part of a segment an outcome blob answers for. Each large object has one of its own. */
export type SegmentPart = 'copy' | 'delete' | { readonly large: number };

export interface OutcomeRef extends SegmentRef {
  readonly part: SegmentPart;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

export const stateNames = {
  jobFolder: (job: string) => `jobs/${job}/`,
  record: (job: string) => `jobs/${job}/record.json`,
  board: (job: string) => `jobs/${job}/board.json`,
  pairs: (job: string) => `jobs/${job}/pairs.json.gz`,
  keyList: (job: string) => `jobs/${job}/list.ndjson.gz`,
  segments: (job: string) => `jobs/${job}/segments/`,
  segment: (job: string, ref: SegmentRef) =>
    `jobs/${job}/segments/${padded(ref.group, 3)}-${padded(ref.index, 8)}`,
  outcomes: (job: string) => `jobs/${job}/outcomes/`,
  outcome: (job: string, ref: OutcomeRef) =>
    `jobs/${job}/outcomes/${padded(ref.group, 3)}-${padded(ref.index, 8)}-${partName(ref.part)}`,
  /** A large object planned again after its source changed; `generation` counts from 1. */
  replanned: (job: string, ref: SegmentRef, large: number, generation: number) =>
    `jobs/${job}/replanned/${padded(ref.group, 3)}-${padded(ref.index, 8)}-${padded(large, 2)}-${String(generation)}`,
  policies: 'policies/',
  policy: (name: string) => `policies/${name}.json`,
  schedule: (policy: string) => `schedules/${policy}.json`,
  points: (policy: string) => `points/${policy}/`,
  /** Oldest first. */
  point: (policy: string, dueAt: string, id: string) => `points/${policy}/${dueAt}-${id}.json`,
  manifest: (policy: string, point: string) => `manifests/${policy}/${point}/`,
  manifestPage: (policy: string, point: string, page: number) =>
    `manifests/${policy}/${point}/${padded(page, 8)}.gz`,
  outbox: 'outbox/',
  outboxEntry: (job: string) => `outbox/${job}.json`,
  active: 'active/',
  activeJob: (job: string) => `active/${job}`,
  index: 'index/',
  /** Newest first: the creation time is inverted. */
  indexEntry: (createdAtMs: number, job: string) =>
    `index/${padded(9_999_999_999_999 - createdAtMs, 13)}-${job}`,
} as const;

function partName(part: SegmentPart): string {
  return typeof part === 'string' ? part : `large${padded(part.large, 2)}`;
}
