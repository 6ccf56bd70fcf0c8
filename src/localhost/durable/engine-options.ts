import type { DurableSettings, FunctionInvoker } from './engine-api.js';
import type { JournalFiles } from './journal-files.js';
import type { KeptHistoryLimits } from './kept-histories.js';
import type { HistoryEvent } from './protocol.js';

/** Time as the engine sees it; a test steps it. */
export interface EngineTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs` (below 2^31), unless the returned function is called before. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** How often an activity message is delivered: once, twice at the same time, or once and again `lateMs` after that. */
export type Delivery = 'once' | 'twice' | { readonly lateMs: number };

/** What an operator or a test may want to know. Holds no input and no output; `reason` is the app's own error text. */
export type EngineEvent =
  | { readonly type: 'recovered'; readonly instances: number; readonly unfinished: number }
  | { readonly type: 'tornTail'; readonly offsetBytes: number; readonly lostBytes: number }
  | { readonly type: 'started' | 'continuedAsNew'; readonly instanceId: string; readonly name: string }
  | {
      readonly type: 'finished';
      readonly instanceId: string;
      readonly name: string;
      readonly status: string;
      readonly reason?: string;
    }
  | { readonly type: 'duplicateDropped'; readonly instanceId: string; readonly taskId: number }
  | { readonly type: 'faulted'; readonly message: string };

/** One generation of an instance, complete. */
export interface FinishedGeneration {
  readonly instanceId: string;
  readonly parentInstanceId: string | null;
  readonly name: string;
  /** Counted from 0. */
  readonly generation: number;
  readonly history: readonly HistoryEvent[];
}

export interface DurableEngineOptions {
  /** The journal's folder, on a local disk; one engine at a time. */
  readonly directory: string;
  readonly settings: DurableSettings;
  readonly invoker: FunctionInvoker;
  /** Fails an instance whose orchestrator lists a started and unfinished task again in Task.any or Task.all. */
  readonly strict: boolean;
  readonly time: EngineTime;
  readonly log: (event: EngineEvent) => void;
  /** Asked when an activity is dispatched; absent means once. */
  readonly deliver?: (activityName: string, instanceId: string, taskId: number) => Delivery;
  /** Called when a generation ends, before its history is dropped. */
  readonly onGeneration?: (generation: FinishedGeneration) => void;
  /** Absent: the folder on disk. */
  readonly files?: JournalFiles;
  /** Default 8 MiB. */
  readonly compactAfterBytes?: number;
  /** Which finished instances keep their last history; by default 200, of 10,000 rows together. Their status stays until they are purged. */
  readonly keptHistories?: Partial<KeptHistoryLimits>;
}
