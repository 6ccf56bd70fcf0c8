import type { Operation, Skip } from '../job/operation.js';

/** Where one side's listing stands: the token of the page that holds the last key used, and that key. */
export interface SideCursor {
  /** Absent: the first page. */
  readonly token?: string;
  /** Last key of this side that was consumed; absent: none. */
  readonly after?: string;
}

/** Where a scan goes on. Stored with the segment that it follows; JSON-safe. */
export interface ScanCursor {
  /** Index into the group's list of container pairs. */
  readonly pair: number;
  readonly source: SideCursor;
  readonly destination: SideCursor;
  /** List sources only: index of the next stored key. */
  readonly nextKey?: number;
}

/** Pages of a directory's listing that follow one another. */
export interface PageRun {
  /** What the first of them was asked for with; absent: the directory's first page. */
  readonly token?: string;
  readonly pages: number;
}

/** On which pages of a directory of the source the objects of a segment's copies were listed. */
export interface ListedPages {
  readonly pair: number;
  /** Full key, empty or ending in `/`. */
  readonly directory: string;
  /** In the order of the listing. */
  readonly runs: readonly PageRun[];
}

/** A slice of a scan, in listing order: the unit that is stored, copied and reported. */
export interface SegmentDraft {
  /** Small and medium objects to copy. */
  readonly copies: readonly Operation[];
  /** Objects above `objectSizes.largeBytes`; each is work of its own. */
  readonly large: readonly Operation[];
  /** Extras at the destination; mirror only. */
  readonly deletes: readonly Operation[];
  readonly skips: readonly Skip[];
  /** What could not be planned, for example a named key that the source does not have. */
  readonly failures: readonly ListFailure[];
  /** Source objects listed, excluded ones too. */
  readonly listed: number;
  /** Destination objects listed: what the delete guard's share is a share of. */
  readonly destinationListed: number;
  /**
   * Where to list again what the copies were made from; only of directories that have several pages and no other look at
   * them, and absent in segments of older editions. A hint: markers may be refused later, and names move to other pages.
   */
  readonly sourcePages?: readonly ListedPages[];
  /** Where the scan goes on after this segment; absent when the group is finished. */
  readonly cursor?: ScanCursor;
  /** No scan has made it: the job has ended, and what was not listed by then stays so. */
  readonly sealed?: true;
}

/** What nothing makes. */
export const emptySegment: SegmentDraft = {
  copies: [],
  large: [],
  deletes: [],
  skips: [],
  failures: [],
  listed: 0,
  destinationListed: 0,
};

/** An object that never became an operation: no copy of it can be asked for. */
export interface ListFailure {
  readonly pair: number;
  readonly key: string;
  readonly reason:
    | 'source-not-found'
    | 'name-not-addressable'
    | 'name-not-allowed'
    | 'too-large'
    | 'source-type-unsupported'
    | 'source-archived';
  /** Rule of Azure Files that the name breaks. */
  readonly rule?: string;
}

/** What is known of a segment without opening it. */
export interface SegmentSummary {
  readonly copies: number;
  readonly copyBytes: number;
  readonly large: number;
  readonly largeBytes: number;
  readonly deletes: number;
  readonly skips: number;
  readonly failures: number;
  readonly listed: number;
  readonly destinationListed: number;
}

/** Sums of a draft. Pure. planned = copies + large + deletes + skips + failures. */
export function summarise(draft: SegmentDraft): SegmentSummary {
  const bytesOf = (operations: readonly Operation[]): number =>
    operations.reduce((sum, operation) => sum + operation.sizeBytes, 0);
  return {
    copies: draft.copies.length,
    copyBytes: bytesOf(draft.copies),
    large: draft.large.length,
    largeBytes: bytesOf(draft.large),
    deletes: draft.deletes.length,
    skips: draft.skips.length,
    failures: draft.failures.length,
    listed: draft.listed,
    destinationListed: draft.destinationListed,
  };
}
