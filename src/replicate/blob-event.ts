/** An object of a configured account. */
export interface ObjectPlace {
  /** Name in the account table. */
  readonly account: string;
  readonly container: string;
  /** Decoded; of a directory: without a slash at the end. */
  readonly key: string;
}

/** What an event tells about the object that was written. A hint: the object may have changed since. */
export interface WrittenHint {
  /** Quoted as on the wire. */
  readonly etag: string;
  readonly sizeBytes: number;
  /** Absent: inferred from the account, or not told. */
  readonly tier?: string;
}

interface EventHead extends ObjectPlace {
  readonly id: string;
  /** Milliseconds since the epoch: when the service saw the change. */
  readonly timeMs: number;
  /** Orders events of the same blob, by `compareSequencers`. */
  readonly sequencer?: string;
  /** `x-ms-client-request-id` of the request that made the change. */
  readonly clientRequestId?: string;
}

/** A change in a configured account, whatever schema brought it. Of a rename, the place is the new one. */
export type BlobEvent =
  | (EventHead & { readonly kind: 'created'; readonly hint?: WrittenHint })
  | (EventHead & { readonly kind: 'deleted' | 'tierChanged' | 'directoryDeleted' })
  | (EventHead & { readonly kind: 'renamed' | 'directoryRenamed'; readonly from: ObjectPlace });

/**
 * Why an event is not acted upon. `malformed`, `oversized`: it may have been a change, so it is kept for people.
 * `foreign-account`: of no configured account. `other-type`: of a kind that changes no content.
 */
export type RefusalReason = 'malformed' | 'oversized' | 'foreign-account' | 'other-type';

/** An event that is not acted upon. */
export interface RefusedEvent {
  readonly reason: RefusalReason;
  /** What is wrong; never the content of the message. */
  readonly detail: string;
}
