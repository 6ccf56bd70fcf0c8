import { z } from 'zod';
import { backupModes } from '../../job/backup-rules.js';
import { catchUpModes, overlapModes } from '../../job/schedule.js';

const moment = z.iso.datetime();
const count = z.int().min(0);

const head = {
  name: z.string(),
  paused: z.boolean(),
  createdAt: moment,
  createdBy: z.string().describe('Object id of a user or app, or key, local'),
  changedAt: moment,
  changedBy: z.string(),
};

const schedulePolicySchema = z.strictObject({
  ...head,
  kind: z.literal('schedule'),
  schedule: z.strictObject({
    cron: z.string(),
    timeZone: z.string(),
    catchUp: z.enum(catchUpModes),
    overlap: z.enum(overlapModes),
    jitterSeconds: count,
  }),
  job: z.strictObject({ kind: z.enum(['copy', 'sync']), source: z.string(), destination: z.string() }),
  backup: z
    .strictObject({
      template: z.string(),
      mode: z.enum(backupModes),
      fullEvery: count,
      retention: z.record(z.string(), z.number()).optional(),
    })
    .optional(),
  nextStartAt: moment.nullable().describe('Null while the policy is paused'),
  request: z.record(z.string(), z.unknown()).describe('The body that saved it'),
});

/** A policy as `GET /api/policies/{name}` answers it. */
export const policySchema = z.discriminatedUnion('kind', [schedulePolicySchema]);

/** Body of `GET /api/policies`. */
export const policyPageSchema = z.strictObject({ policies: z.array(policySchema) });

/** Body of `GET /api/policies/{name}/points`. */
export const pointPageSchema = z.strictObject({
  points: z
    .array(
      z.strictObject({
        id: z.string().describe('That of the job that made it'),
        dueAt: moment,
        mode: z.enum(backupModes),
        status: z
          .enum(['running', 'good', 'failed', 'pruning', 'stuck'])
          .describe('Only a good one can be restored; stuck: it could not be deleted'),
        destination: z.string().describe('Its folder'),
        source: z.string(),
        base: z.string().optional().describe('The backup that it was compared with'),
        objects: count.optional().describe('That a restore gives'),
        copied: z.strictObject({ objects: count, sizeBytes: count }).optional(),
        needs: z.array(z.string()).describe('Backups that hold objects of this one'),
        prune: z.strictObject({ attempt: count, job: z.string() }).optional(),
      }),
    )
    .describe('Newest first'),
});
