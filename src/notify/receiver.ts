/** Somebody who is told of jobs that have ended. */
export interface Receiver {
  /** Stable: stands in the outbox for those who have accepted an event. */
  readonly name: string;
  /** Resolves once the event is accepted; rejects otherwise. Does not repeat. */
  send(event: object, signal: AbortSignal): Promise<void>;
}
