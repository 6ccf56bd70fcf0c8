import type { Operation, Skip } from '../job/operation.js';
import type { Decision } from './diff.js';
import type { ListFailure, ScanCursor, SegmentDraft } from './segment.js';

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
  private readonly limits: SegmentLimits;
  private readonly largeBytes: number;

  /** Copies of more than `largeBytes` are kept apart as large objects. */
  constructor(limits: SegmentLimits, largeBytes: number) {
    this.limits = limits;
    this.largeBytes = largeBytes;
  }

  /** True when a limit is reached: the next row belongs to the next segment. */
  get isFull(): boolean {
    const { limits } = this;
    return (
      this.copies.length >= limits.operations ||
      this.copyBytes >= limits.sizeBytes ||
      this.large.length >= limits.largeObjects ||
      this.deletes.length >= limits.operations ||
      this.scanned >= limits.scanned
    );
  }

  /** True when no row was scanned since the last segment. */
  get isFresh(): boolean {
    return this.scanned === 0;
  }

  /** Counts a row that was scanned, whatever becomes of it. */
  countRow(): void {
    this.scanned += 1;
  }

  /** Counts the objects of a row that are part of the job. */
  countListed(source: unknown, destination: unknown): void {
    this.listed += Number(source !== undefined);
    this.destinationListed += Number(destination !== undefined);
  }

  add(decision: Decision): void {
    if (decision.kind === 'skip') {
      this.skips.push(decision.skip);
    } else if (decision.kind === 'failure') {
      this.failures.push(decision.failure);
    } else {
      this.addOperation(decision.operation);
    }
  }

  /** The segment so far; the builder starts anew. */
  finish(cursor?: ScanCursor): SegmentDraft {
    const { copies, large, deletes, skips, failures, listed, destinationListed } = this;
    this.copies = [];
    this.large = [];
    this.deletes = [];
    this.skips = [];
    this.failures = [];
    this.listed = this.destinationListed = this.copyBytes = this.scanned = 0;
    return {
      copies,
      large,
      deletes,
      skips,
      failures,
      listed,
      destinationListed,
      ...(cursor === undefined ? {} : { cursor }),
    };
  }

  private addOperation(operation: Operation): void {
    if (operation.action === 'delete') {
      this.deletes.push(operation);
    } else if (operation.sizeBytes > this.largeBytes) {
      this.large.push(operation);
    } else {
      this.copies.push(operation);
      this.copyBytes += operation.sizeBytes;
    }
  }
}
