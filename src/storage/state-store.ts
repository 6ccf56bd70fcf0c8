import type { StringMap } from '../job/operation.js';

/** A blob of the state container with its body. */
export interface StateBlob {
  readonly body: Buffer;
  readonly etag: string;
  readonly metadata: StringMap;
  readonly lastModified: string;
}

export interface StateEntry {
  readonly name: string;
  readonly etag: string;
  readonly metadata: StringMap;
  readonly sizeBytes: number;
  readonly lastModified: string;
}

export type StateCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/**
 * The state container: the facts of every job. Small blobs only. Retries what is passing; every write carries a
 * condition where a race would lose something. Metadata keys are lower-case letters and digits.
 */
export interface StateStore {
  /** Undefined when absent. */
  get(name: string): Promise<StateBlob | undefined>;
  /** The new ETag, or undefined when the condition did not hold. Without condition it overwrites. */
  put(
    name: string,
    body: Buffer | string,
    options?: { readonly condition?: StateCondition; readonly metadata?: StringMap },
  ): Promise<string | undefined>;
  /** One page of up to 5,000 names in ascending order, with metadata. */
  list(
    prefix: string,
    token?: string,
    limit?: number,
  ): Promise<{ readonly entries: readonly StateEntry[]; readonly next?: string }>;
  /** No error when absent. With `ifMatch`, another version stays, without an error. */
  delete(name: string, ifMatch?: string): Promise<void>;
}
