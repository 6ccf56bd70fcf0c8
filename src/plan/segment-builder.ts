import type { Operation, Skip } from '../job/operation.js';
import type { Decision } from './diff.js';
import type { ListedPages, ListFailure, ScanCursor, SegmentDraft } from './segment.js';
import { type DirectoryPage, type PageStretch, runsOf } from './tree-pages.js';

/** When a segment is full. */
export interface SegmentLimits {
  readonly operations: number;
  readonly sizeBytes: number;
  readonly largeObjects: number;
  readonly scanned: number;
}

/** Collects what a scan decides until it is a segment. */
export class SegmentBuilder {
  private copies: Operation[] = [];
  private large: Operation[] = [];
  private deletes: Operation[] = [];
  private skips: Skip[] = [];
  private failures: ListFailure[] = [];
  private listed = 0;
  private destinationListed = 0;
  private copyBytes = 0;
  private scanned = 0;
  private stretch: PageStretch | undefined;
  private readonly pages = new Map<number, Map<string, Set<DirectoryPage>>>();
  private readonly limits: SegmentLimits;
  private readonly largeBytes: number;

  /** Copies of more than `largeBytes` are kept apart as large objects. */
  constructor(limits: SegmentLimits, largeBytes: number) {
    this.limits = limits;
    this.largeBytes = largeBytes;
  }

  /** True when the next row belongs to the next segment: a limit is reached, or the row begins a page to be left whole. */
  endsBefore(stretch: PageStretch | undefined): boolean {
    return this.isFull || this.wouldSplit(stretch);
  }

  /** True when no row was scanned since the last segment. */
  get isFresh(): boolean {
    return this.scanned === 0;
  }

  /** Counts a row that was scanned, whatever becomes of it, and remembers its page. */
  countRow(stretch?: PageStretch): void {
    this.scanned += 1;
    this.stretch = stretch ?? this.stretch;
  }

  /** Counts the objects of a row that are part of the job. */
  countListed(source: unknown, destination: unknown): void {
    this.listed += Number(source !== undefined);
    this.destinationListed += Number(destination !== undefined);
  }

  /** `stretch`: where the source was listed, when it may be listed again. */
  add(decision: Decision, stretch?: PageStretch): void {
    if (decision.kind === 'skip') {
      this.skips.push(decision.skip);
    } else if (decision.kind === 'failure') {
      this.failures.push(decision.failure);
    } else {
      this.addOperation(decision.operation, stretch?.page);
    }
  }

  /** The segment so far; the builder starts anew. */
  finish(cursor?: ScanCursor): SegmentDraft {
    const { copies, large, deletes, skips, failures, listed, destinationListed } = this;
    const sourcePages = this.listedPages();
    this.copies = [];
    this.large = [];
    this.deletes = [];
    this.skips = [];
    this.failures = [];
    this.listed = this.destinationListed = this.copyBytes = this.scanned = 0;
    this.pages.clear();
    return {
      copies,
      large,
      deletes,
      skips,
      failures,
      listed,
      destinationListed,
      ...(sourcePages.length === 0 ? {} : { sourcePages }),
      ...(cursor === undefined ? {} : { cursor }),
    };
  }

  private get isFull(): boolean {
    const { limits } = this;
    return (
      this.copies.length >= limits.operations ||
      this.copyBytes >= limits.sizeBytes ||
      this.large.length >= limits.largeObjects ||
      this.deletes.length >= limits.operations ||
      this.scanned >= limits.scanned
    );
  }

  /**
   * Each page is listed again by each segment that has copied from it. So one that a segment of its own can hold is not begun
   * where there is no room for the whole of it; of a page of which little is to be copied, little room is asked.
   */
  private wouldSplit(stretch: PageStretch | undefined): boolean {
    if (stretch === undefined || stretch === this.stretch) return false;
    const { operations, sizeBytes, scanned } = this.limits;
    if (stretch.entries > operations || stretch.sizeBytes > sizeBytes) return false;
    if (this.scanned + stretch.entries > scanned) return true;
    const isDense = this.copies.length * 2 >= this.scanned;
    const hasRoom =
      this.copies.length + stretch.entries <= operations && this.copyBytes + stretch.sizeBytes <= sizeBytes;
    return isDense && !hasRoom;
  }

  private addOperation(operation: Operation, page: DirectoryPage | undefined): void {
    if (operation.action === 'delete') {
      this.deletes.push(operation);
    } else if (operation.sizeBytes > this.largeBytes) {
      this.large.push(operation);
    } else {
      this.copies.push(operation);
      this.copyBytes += operation.sizeBytes;
      if (page !== undefined && operation.kind === undefined) this.notePage(operation.pair, page);
    }
  }

  private notePage(pair: number, page: DirectoryPage): void {
    const directories = this.pages.get(pair) ?? new Map<string, Set<DirectoryPage>>();
    this.pages.set(pair, directories);
    const pages = directories.get(page.directory) ?? new Set();
    directories.set(page.directory, pages.add(page));
  }

  private listedPages(): readonly ListedPages[] {
    return [...this.pages].flatMap(([pair, directories]) =>
      [...directories].map(([directory, pages]) => ({ pair, directory, runs: runsOf(pages) })),
    );
  }
}
