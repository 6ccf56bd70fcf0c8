import type { Operation, Skip, StringMap } from '../job/operation.js';
import type { ListedPages, ListFailure, ScanCursor, SegmentDraft, SegmentSummary } from '../plan/segment.js';
import { summarise } from '../plan/segment.js';
import { CopyError } from '../job/copy-error.js';
import type { StateEntry, StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import { packLines, unpackLines } from './packed-lines.js';
import { segmentRefOf } from './ref-of-name.js';
import type { SegmentRef } from './refs.js';
import { stateNames } from './refs.js';

/** A segment as a listing of the state container tells it. */
export interface SegmentEntry {
  readonly ref: SegmentRef;
  readonly summary: SegmentSummary;
  /** sha256 of the uncompressed content, hex; the plan's hash is made of these. */
  readonly hash: string;
}

interface Header {
  readonly listed: number;
  readonly destinationListed: number;
  readonly sourcePages?: readonly ListedPages[];
  readonly cursor?: ScanCursor;
  readonly sealed?: true;
}

type SegmentLine =
  | { readonly header: Header }
  | { readonly copy: Operation }
  | { readonly large: Operation }
  | { readonly remove: Operation }
  | { readonly skip: Skip }
  | { readonly failure: ListFailure };

/**
 * Stores a segment once. When it exists already, the stored one is returned instead and the caller must go on from
 * that one: a segment never changes and is never numbered again. One request, two when it existed.
 */
export async function writeSegment(
  state: StateStore,
  job: string,
  ref: SegmentRef,
  draft: SegmentDraft,
): Promise<SegmentDraft> {
  const { body, hash } = await packLines(linesOf(draft));
  const etag = await state.put(stateNames.segment(job, ref), body, {
    condition: { ifAbsent: true },
    metadata: metadataOf(draft, hash),
  });
  return etag === undefined ? readSegment(state, job, ref) : draft;
}

/** The stored segment. One request. Throws `unexpected` when the scan has not written it. */
export async function readSegment(state: StateStore, job: string, ref: SegmentRef): Promise<SegmentDraft> {
  const blob = await state.get(stateNames.segment(job, ref));
  if (blob === undefined) {
    throw new CopyError('unexpected', `segment ${String(ref.group)}-${String(ref.index)} is not stored`, {
      retryable: false,
    });
  }
  return draftOf((await unpackLines(blob.body)) as readonly SegmentLine[]);
}

/** Every segment of the job, by group and index; none is opened. One request per 5,000 segments. */
export async function* listSegments(state: StateStore, job: string): AsyncGenerator<SegmentEntry> {
  for await (const entry of listAll(state, stateNames.segments(job))) {
    const segment = segmentEntryOf(job, entry);
    if (segment !== undefined) yield segment;
  }
}

/** What a listing's entry tells of a segment, or undefined when the entry is none of this job's segments. */
export function segmentEntryOf(job: string, entry: StateEntry): SegmentEntry | undefined {
  const ref = segmentRefOf(job, entry.name);
  return ref === undefined
    ? undefined
    : { ref, summary: summaryOf(entry.metadata), hash: entry.metadata['hash'] ?? '' };
}

function* linesOf(draft: SegmentDraft): Generator<SegmentLine> {
  const { listed, destinationListed, sourcePages, cursor, sealed } = draft;
  yield {
    header: {
      listed,
      destinationListed,
      ...(sourcePages === undefined ? {} : { sourcePages }),
      ...(cursor === undefined ? {} : { cursor }),
      ...(sealed === undefined ? {} : { sealed }),
    },
  };
  for (const copy of draft.copies) yield { copy };
  for (const large of draft.large) yield { large };
  for (const remove of draft.deletes) yield { remove };
  for (const skip of draft.skips) yield { skip };
  for (const failure of draft.failures) yield { failure };
}

function draftOf(lines: readonly SegmentLine[]): SegmentDraft {
  const copies: Operation[] = [];
  const large: Operation[] = [];
  const deletes: Operation[] = [];
  const skips: Skip[] = [];
  const failures: ListFailure[] = [];
  let header: Header = { listed: 0, destinationListed: 0 };
  for (const line of lines) {
    if ('header' in line) header = line.header;
    else if ('copy' in line) copies.push(line.copy);
    else if ('large' in line) large.push(line.large);
    else if ('remove' in line) deletes.push(line.remove);
    else if ('skip' in line) skips.push(line.skip);
    else failures.push(line.failure);
  }
  return { copies, large, deletes, skips, failures, ...header };
}

function metadataOf(draft: SegmentDraft, hash: string): StringMap {
  const summary = summarise(draft);
  return {
    hash,
    copies: String(summary.copies),
    copybytes: String(summary.copyBytes),
    large: String(summary.large),
    largebytes: String(summary.largeBytes),
    deletes: String(summary.deletes),
    skips: String(summary.skips),
    failures: String(summary.failures),
    listed: String(summary.listed),
    destinationlisted: String(summary.destinationListed),
  };
}

function summaryOf(metadata: StringMap): SegmentSummary {
  const count = (name: string): number => Number(metadata[name] ?? 0);
  return {
    copies: count('copies'),
    copyBytes: count('copybytes'),
    large: count('large'),
    largeBytes: count('largebytes'),
    deletes: count('deletes'),
    skips: count('skips'),
    failures: count('failures'),
    listed: count('listed'),
    destinationListed: count('destinationlisted'),
  };
}
