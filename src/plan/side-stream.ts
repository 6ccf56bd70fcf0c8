import type { ListedObject } from '../storage/store.js';
import type { SideCursor } from './segment.js';

/** One side of a join: objects in ascending order of their sort keys, in pages that are loaded as needed. */
export interface SideStream {
  /** The object to be taken next; undefined at the end, or when `load` must be called first. */
  readonly head: ListedObject | undefined;
  /** True when only `load` can tell whether there is a head. */
  readonly needsLoad: boolean;
  /** Sort key of the last object known so far, as far as the stream looks ahead. */
  readonly lastKnownKey: string | undefined;
  /** The object's key without the base. */
  relative(object: ListedObject): string;
  /** What decides the order, and what two sides meet by. */
  sortKey(object: ListedObject): string;
  /** Loads until there is a head or the end. */
  load(): Promise<void>;
  /** May begin to load what comes next; `onArrival` is called when it is there. */
  prefetch(onArrival?: () => void): void;
  /** Consumes the head. */
  take(): void;
  /** Where a later reader goes on behind the last object taken. */
  cursor(): SideCursor;
}
