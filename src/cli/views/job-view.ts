import { z } from 'zod';
import { jobStatuses } from '../../job/status.js';

const count = z.number().default(0);
const countsSchema = z.looseObject({
  planned: count,
  copied: count,
  skipped: count,
  deleted: count,
  failed: count,
  conflicts: count,
  notAttempted: count,
});

/** A job as `GET /api/jobs/{id}` shows it, as far as the CLI reads it; everything else is kept for `--output json`. */
export const jobViewSchema = z.looseObject({
  id: z.string(),
  status: z.enum(jobStatuses),
  kind: z.string().nullish(),
  phase: z.string().nullish(),
  source: z.string().nullish(),
  destination: z.string().nullish(),
  counts: countsSchema.nullish(),
  bytes: z.looseObject({ planned: count, copied: count }).nullish(),
  requests: z.looseObject({ source: count, destination: count, state: count }).nullish(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
  etaSeconds: z.number().nullish(),
  reason: z.string().nullish(),
  planHash: z.string().nullish(),
  /** As far as it says that the job is part of a policy's backups. */
  spec: z.looseObject({ backup: z.unknown().optional() }).nullish(),
  warnings: z.array(z.unknown()).nullish(),
  /** Asked for, and not in effect yet. */
  pending: z.string().nullish(),
  /** The last few failures. */
  errors: z
    .array(
      z.looseObject({ code: z.string().nullish(), key: z.string().nullish(), message: z.string().nullish() }),
    )
    .nullish(),
});
export type JobView = z.infer<typeof jobViewSchema>;

/** A page of `GET /api/jobs`. */
export const jobPageSchema = z
  .looseObject({
    jobs: z.array(jobViewSchema).optional(),
    value: z.array(jobViewSchema).optional(),
    nextLink: z.string().nullish(),
  })
  .transform((page) => ({ jobs: page.jobs ?? page.value ?? [], nextLink: page.nextLink ?? undefined }));

/** `application/problem+json`, with our own members. */
export const problemSchema = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  field: z.string().optional(),
  advice: z.string().optional(),
});
