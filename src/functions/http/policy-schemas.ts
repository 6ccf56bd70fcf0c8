import { z } from 'zod';
import { backupModes } from '../../job/backup-rules.js';
import { conflictModes, deleteModes } from '../../job/replication-rule.js';
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

const scheduleSchema = z.strictObject({
  cron: z.string(),
  timeZone: z.string(),
  catchUp: z.enum(catchUpModes),
  overlap: z.enum(overlapModes),
  jitterSeconds: count,
});

const schedulePolicySchema = z.strictObject({
  ...head,
  kind: z.literal('schedule'),
  schedule: scheduleSchema,
  job: z.strictObject({ kind: z.enum(['copy', 'sync']), source: z.string(), destination: z.string() }),
  backup: z
    .strictObject({
      template: z.string(),
      mode: z.enum(backupModes),
      fullEvery: count,
      retention: z.record(z.string(), z.number()).optional(),
    })
    .optional(),
  status: z
    .strictObject({
      last: z.strictObject({ dueAt: moment, job: z.string() }).nullable().describe('What was started last'),
      waiting: z.array(moment).describe('Times that wait for the job before them'),
      skipped: count.describe('Times given up because the job before had not ended'),
      missed: count.describe('Times that nobody saw and that were not made up for'),
    })
    .optional()
    .describe('When one policy is shown'),
  nextStartAt: moment.nullable().describe('Null while the policy is paused'),
  request: z.record(z.string(), z.unknown()).describe('The body that saved it'),
});

const replicationPolicySchema = z.strictObject({
  ...head,
  kind: z.literal('replication'),
  rule: z.strictObject({
    deletes: z.enum(deleteModes),
    conflict: z.enum(conflictModes),
    delaySeconds: z.number(),
    reconcile: scheduleSchema.optional(),
  }),
  nextReconcileAt: moment.nullable().describe('Null without a schedule, and while the policy is paused'),
  status: z
    .strictObject({
      lastEventAt: moment.nullable().describe('When the newest change was made that an event told of'),
      lagMs: z
        .strictObject({ p50: count, p99: count })
        .nullable()
        .describe('From the change to its arrival at a target, last 15 minutes; at most a quarter too high'),
      last24Hours: z.record(z.string(), count).describe('Changes by what became of them'),
      backlog: z.strictObject({
        queuedEvents: count.nullable().describe('Of all rules, about; null: not known'),
        waiting: count.describe('Names that wait for their time or for another try; 5,000: or more'),
      }),
      deadLetters: count.describe('Names given up; 5,000: or more'),
      poisonedMessages: count.describe('Messages, of any rule, that could not be handled'),
    })
    .optional()
    .describe('Not in lists'),
  request: z.record(z.string(), z.unknown()).describe('The body that saved it'),
});

/** Body of the answer to `POST /api/policies/{name}/retry`. */
export const replicationRetrySchema = z.strictObject({
  retried: count,
  failed: count.describe('Of those; they are dead letters again'),
  more: z.boolean().describe('True: call again'),
});

/** A policy as `GET /api/policies/{name}` answers it. */
export const policySchema = z.discriminatedUnion('kind', [schedulePolicySchema, replicationPolicySchema]);

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
