/** What every contender is to copy, from account `source` to account `target`. */
export interface Task {
  readonly name: 'small' | 'large';
  readonly sourceContainer: string;
  readonly objects: number;
  /** Of all objects together. */
  readonly sizeBytes: number;
}

/** One run of one contender. */
export interface Sample {
  readonly task: Task['name'];
  readonly contender: string;
  readonly round: number;
  /** From the command to the news that all is done. */
  readonly wallSeconds: number;
  readonly activeSeconds: number;
  readonly requests: number;
  readonly stateRequests: number;
  readonly mostInFlight: number;
  /** Of the client's own process: the functions host for Tranship. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}
