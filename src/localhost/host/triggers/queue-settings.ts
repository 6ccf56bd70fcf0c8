import { z } from 'zod';
import { parseTimeSpan } from './time-span.js';

/** `extensions.queues` of host.json, with the extension's own defaults. */
export interface QueueSettings {
  /** An empty queue is asked ever less often, down to this. */
  readonly maxPollingIntervalMs: number;
  /** A message that failed comes again after so long. */
  readonly visibilityTimeoutMs: number;
  /** Messages taken at once, at most 32; and how few may be left at work before more are taken. */
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  /** Tries before a message goes to the poison queue. */
  readonly maxDequeueCount: number;
  /** `none`: the app gets the text as it stands. */
  readonly messageEncoding: 'base64' | 'none';
}

const timeSpan = z
  .string()
  .refine((text) => parseTimeSpan(text) !== undefined, { error: 'expected hh:mm:ss' });

/** The shape of `extensions.queues`. */
export const queuesSchema = z.object({
  maxPollingInterval: timeSpan.optional(),
  visibilityTimeout: timeSpan.optional(),
  batchSize: z.int().min(1).max(32).optional(),
  newBatchThreshold: z.int().min(0).optional(),
  maxDequeueCount: z.int().min(1).optional(),
  messageEncoding: z.enum(['base64', 'none']).optional(),
});

/** Fills in what host.json leaves out. */
export function queueSettings(file: z.infer<typeof queuesSchema> = {}): QueueSettings {
  const batchSize = file.batchSize ?? 16;
  return {
    maxPollingIntervalMs: parseTimeSpan(file.maxPollingInterval ?? '') ?? 60_000,
    visibilityTimeoutMs: parseTimeSpan(file.visibilityTimeout ?? '') ?? 0,
    batchSize,
    newBatchThreshold: file.newBatchThreshold ?? Math.floor(batchSize / 2),
    maxDequeueCount: file.maxDequeueCount ?? 5,
    messageEncoding: file.messageEncoding ?? 'base64',
  };
}
