import { z } from 'zod';
import { copyErrorCodes } from '../../job/copy-error.js';
import { outcomeKinds } from '../../job/outcome.js';
import { checkNames, findingCodes } from '../../preflight/finding.js';
import { jobPhases, jobStatuses } from '../../job/status.js';

const count = z.int().min(0);
const moment = z.iso.datetime();

/** A job as `GET /api/jobs/{id}` answers it. */
export const jobSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(['copy', 'sync']),
  status: z.enum(jobStatuses),
  phase: z.enum(jobPhases),
  pending: z.enum(['pause', 'cancel']).optional().describe('Asked for, and not in effect yet'),
  run: count.describe('Number of the present run'),
  source: z.string(),
  destination: z.string(),
  spec: z.record(z.string(), z.unknown()).describe('The request with all defaults, URLs taken apart'),
  counts: z
    .strictObject({
      planned: count,
      copied: count,
      skipped: count,
      deleted: count,
      failed: count,
      conflicts: count,
      notAttempted: count,
    })
    .describe('planned is the sum of the six others once the job has ended'),
  listed: z.strictObject({ source: count, destination: count }),
  deletesPlanned: count,
  bytes: z.strictObject({ planned: count, copied: count }),
  requests: z.strictObject({ source: count, destination: count, state: count }),
  createdAt: moment,
  startedAt: moment.nullable(),
  finishedAt: moment.nullable(),
  etaSeconds: count.nullable().describe('Null while unknown'),
  rate: z.strictObject({ objectsPerSecond: z.number(), bytesPerSecond: z.number() }),
  conservation: z.strictObject({ holds: z.boolean() }).optional().describe('Once the job has ended'),
  reason: z.string().optional(),
  reasonCode: z.string().optional(),
  planHash: z.string().optional(),
  approved: z.boolean().optional(),
  retryOf: z.string().optional(),
  policy: z
    .strictObject({ name: z.string(), dueAt: moment })
    .optional()
    .describe('The policy that started it, and for which time'),
  warnings: z.array(z.string()),
  errors: z
    .array(
      z.strictObject({
        at: moment,
        code: z.enum(copyErrorCodes),
        key: z.string(),
        message: z.string(),
        advice: z.string().optional(),
      }),
    )
    .describe('The last few; the report has all'),
});

/** A page of jobs. */
export const jobPageSchema = z.strictObject({
  jobs: z.array(jobSchema),
  nextLink: z.string().optional().describe('Absent on the last page'),
});

/** One line of a report. */
export const reportLineSchema = z.strictObject({
  outcome: z.enum(outcomeKinds),
  reason: z.string(),
  action: z.enum(['copy', 'delete', 'skip', 'fail']).optional().describe('In plans only'),
  key: z.string(),
  source: z.string().optional(),
  destination: z.string(),
  sizeBytes: count,
  requestId: z.string().optional(),
  status: z.int().optional(),
  serviceCode: z.string().optional(),
  message: z.string().optional(),
  advice: z.string().optional(),
});

/** A refusal, `application/problem+json`. */
export const problemSchema = z.strictObject({
  type: z.string().regex(/^urn:tranship:problem:[a-z-]+$/),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  field: z.string().optional(),
  advice: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), detail: z.string() })).optional(),
});

const identitySchema = z.strictObject({
  usedFor: z.array(z.enum(['app', 'source', 'destination'])),
  kind: z.string(),
  ready: z.boolean(),
  principalType: z.enum(['ServicePrincipal', 'User']).optional(),
  name: z.string().optional(),
  clientId: z.string().optional(),
  objectId: z.string().optional(),
  tenantId: z.string().optional(),
  expiresAt: moment.optional().describe('End of the present token; it is renewed before'),
  advice: z.string().optional(),
});

/** What stands in a job's way. */
export const preflightSchema = z.strictObject({
  ok: z.boolean().describe('Every right that the job needs and that could be asked about is there'),
  identities: z.array(identitySchema).describe('Who the app is at the source and at the destination'),
  findings: z.array(
    z.strictObject({
      check: z.enum(checkNames),
      side: z.enum(['source', 'destination']),
      container: z.string().optional().describe('Absent: the account, or every container alike'),
      ok: z.boolean().nullable().describe('Null: could not be asked about'),
      required: z.boolean(),
      code: z.enum(findingCodes),
      text: z.string(),
      command: z.string().optional().describe('What mends it, with the Azure CLI'),
    }),
  ),
});

/** What is ready and what is not. */
export const healthSchema = z.strictObject({
  status: z.enum(['ready', 'not-ready']),
  checks: z.array(z.strictObject({ name: z.string(), ready: z.boolean(), advice: z.string().optional() })),
});

/** Who the app is, for its own state and for each side. */
export const identitiesSchema = z.strictObject({ identities: z.array(identitySchema) });
