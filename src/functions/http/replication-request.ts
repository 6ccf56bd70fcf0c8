import { z } from 'zod';
import { preserveModes } from '../../job/job-spec.js';
import { conflictModes, deleteModes, replicationLimits } from '../../job/replication-rule.js';
import { jobRequestSchema } from './job-request.js';
import { scheduleRequestSchema } from './schedule-request.js';

const { source, destination, singleShotBytes } = jobRequestSchema.shape;

/** Body of `PUT /api/policies/{name}`, kind `replication`. */
export const replicationRequestSchema = z.strictObject({
  kind: z.literal('replication'),
  paused: z.boolean().optional().describe('False by default; absent in a change: as before'),
  source: source.describe('URL of a container or folder whose blob events reach the app'),
  targets: z
    .array(destination)
    .min(1)
    .max(replicationLimits.targets)
    .describe('URLs of containers or folders; names keep their path below the source'),
  ...jobRequestSchema.pick({
    include: true,
    exclude: true,
    minSizeBytes: true,
    maxSizeBytes: true,
    modifiedAfter: true,
    modifiedBefore: true,
  }).shape,
  deletes: z
    .enum(deleteModes)
    .optional()
    .describe('"ignore" by default; "propagate": what goes at the source goes at the targets'),
  conflict: z
    .enum(conflictModes)
    .optional()
    .describe('When somebody else writes at a target: "sourceWins" by default'),
  delaySeconds: z
    .int()
    .min(0)
    .max(replicationLimits.delayMs / 1000)
    .optional()
    .describe('How long a name must rest before it is copied, so that a burst costs one copy; 0 by default'),
  preserve: z
    .strictObject({
      tags: z.enum(preserveModes).optional().describe('"auto" by default; "off" saves a request per event'),
      tier: z.enum(preserveModes).optional().describe('"auto" by default'),
    })
    .optional(),
  singleShotBytes: singleShotBytes.describe('Larger objects are copied by a job; 256 MiB by default'),
  reconcile: scheduleRequestSchema
    .optional()
    .describe('When a job repairs what no event told; absent: only when asked to'),
});
export type ReplicationRequest = z.infer<typeof replicationRequestSchema>;
