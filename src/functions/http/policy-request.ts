import { z } from 'zod';
import { backupModes } from '../../job/backup-rules.js';
import { jobRequestSchema } from './job-request.js';
import { replicationRequestSchema } from './replication-request.js';
import { scheduleRequestSchema } from './schedule-request.js';

const kept = z.int().min(1).max(10_000).optional();

const retention = z.strictObject({
  keepLast: kept.describe('The newest so many'),
  daily: kept.describe('The last of a day (UTC), for the newest so many days that have one'),
  weekly: kept,
  monthly: kept,
  yearly: kept,
  minimumAgeDays: z.number().min(0).max(36_500).optional().describe('Younger backups always stay'),
});

/** Body of `PUT /api/policies/{name}`, kind `schedule`. */
const schedulePolicySchema = z.strictObject({
  kind: z.literal('schedule'),
  paused: z.boolean().optional().describe('False by default; absent in a change: as before'),
  schedule: scheduleRequestSchema,
  job: jobRequestSchema,
  backup: z
    .strictObject({
      template: z
        .string()
        .min(1)
        .max(512)
        .optional()
        .describe('Folder of each backup; "{policy}/{yyyy}-{MM}-{dd}T{HH}{mm}" by default, in UTC'),
      mode: z.enum(backupModes).optional().describe('"full" by default'),
      fullEvery: z.int().min(1).max(90).optional().describe('Of incremental backups; 30 by default'),
      retention: retention.optional().describe('Absent: everything stays'),
    })
    .optional()
    .describe('Each job writes a folder of its own below the destination'),
});

/** Body of `PUT /api/policies/{name}`. Defaults are applied later. */
export const policyRequestSchema = z.discriminatedUnion('kind', [
  schedulePolicySchema,
  replicationRequestSchema,
]);
export type PolicyRequest = z.infer<typeof policyRequestSchema>;
export type SchedulePolicyRequest = z.infer<typeof schedulePolicySchema>;
