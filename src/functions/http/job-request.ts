import { z } from 'zod';
import { overwriteModes, preserveModes } from '../../job/job-spec.js';
import { serviceLimits } from '../../job/limits.js';

const mebibyte = 1024 * 1024;
const url = z.string().min(1).max(16_384);
const name = z.string().min(1).max(serviceLimits.filePathCharacters);
const patterns = z.array(z.string().min(1).max(4096)).min(1).max(1000);
const sizeBytes = z.int().min(0);
const time = z.string().min(1).max(64);

const controlFree = /^[^\p{Cc}]*$/u;
const headerValue = z.string().min(1).max(1024).regex(controlFree, 'must not hold control characters');

/** Names of metadata as the service takes them: identifiers. */
const metadata = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be an identifier: letters, digits, underscores'),
  z
    .string()
    .max(8192)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
);
const pairs = z.record(z.string().min(1).max(256), z.string().max(8192));

const filterRule = z.strictObject({
  pattern: patterns.optional().describe('Globs over the last segment of the name'),
  path: patterns.optional().describe('Relative paths; each stands for itself and everything below it'),
  regex: patterns.optional().describe('RE2 expressions, unanchored, over the relative name'),
  tier: z.array(z.string().min(1).max(32)).min(1).max(32).optional(),
  blobType: z
    .array(z.enum(['BlockBlob', 'AppendBlob', 'PageBlob']))
    .min(1)
    .max(3)
    .optional(),
  metadata: pairs.optional().describe('Each pair must be there; names compared without case'),
  tags: pairs.optional(),
  container: z
    .array(z.string().min(1).max(63))
    .min(1)
    .max(1000)
    .optional()
    .describe('Container names; only when the source is a whole account'),
});

const properties = z.strictObject({
  contentType: headerValue.optional(),
  contentEncoding: headerValue.optional(),
  contentLanguage: headerValue.optional(),
  contentDisposition: headerValue.optional(),
  cacheControl: headerValue.optional(),
});

const mirror = z.union([
  z.boolean(),
  z.strictObject({
    maxDeletes: z.int().min(0).optional().describe('Above it, the job waits for approval; 1,000 by default'),
    maxDeletePercent: z.number().min(0).max(100).optional().describe('25 by default'),
  }),
]);

/** Body of `POST /api/jobs`. Unknown fields are refused. Defaults are applied later, so that a body can be compared. */
export const jobRequestSchema = z.strictObject({
  source: url.describe(
    'URL of a configured account: an object, a folder (ending in "/", or with recursive), a container, an account, or a "*" in the last segment',
  ),
  destination: url.describe('URL of a configured account: an object, a folder, a container or an account'),
  recursive: z
    .boolean()
    .optional()
    .describe('True by default for folders; makes a path without "/" a folder'),
  asSubdir: z
    .boolean()
    .optional()
    .describe("Put everything below the source folder's name; false by default"),
  listOfFiles: z
    .array(name)
    .min(1)
    .max(10_000)
    .optional()
    .describe('Only these names, relative to the source'),
  overwrite: z.enum(overwriteModes).optional().describe('"ifDifferent" by default'),
  mirror: mirror.optional().describe('Delete what the source does not have, behind a guard'),
  dryRun: z.boolean().optional().describe('Plan only'),
  approve: z.boolean().optional().describe('Plan, then wait for approval'),
  include: filterRule.optional(),
  exclude: filterRule.optional(),
  minSizeBytes: sizeBytes.optional(),
  maxSizeBytes: sizeBytes.optional(),
  modifiedAfter: time.optional().describe('ISO 8601, inclusive'),
  modifiedBefore: time.optional().describe('ISO 8601, inclusive'),
  preserve: z
    .strictObject({
      tags: z.enum(preserveModes).optional().describe('"auto" by default'),
      tier: z.enum(preserveModes).optional().describe('"auto" by default'),
      properties: z.boolean().optional().describe('True by default'),
      metadata: z.boolean().optional().describe('True by default'),
      info: z
        .boolean()
        .optional()
        .describe('Share to share: attributes, creation and last-write time; true by default'),
      permissions: z.boolean().optional().describe('Share to share: security descriptors; false by default'),
    })
    .optional(),
  set: z
    .strictObject({
      properties: properties.optional(),
      metadata: metadata.optional(),
      tier: z.enum(['Hot', 'Cool', 'Cold', 'Archive']).optional(),
    })
    .optional()
    .describe("Set on every copied object, instead of the source's"),
  escapeNames: z
    .boolean()
    .optional()
    .describe('Blob to share: percent-encode what Azure Files does not take in names'),
  emptyDirectories: z
    .boolean()
    .optional()
    .describe('Keep directories as objects of their own; true by default from share to share, else false'),
  consistency: z
    .enum(['snapshot'])
    .optional()
    .describe('From a share: read all of it from a share snapshot, which is deleted when the job ends'),
  createContainers: z.boolean().optional().describe('Make missing destination containers'),
  blockSizeBytes: z.int().min(mebibyte).max(serviceLimits.blockBytes).optional(),
  singleShotBytes: z.int().min(1).max(serviceLimits.putBlobFromUrlBytes).optional(),
  maxInFlight: z.int().min(1).max(4096).optional().describe('Requests in flight; 512 by default'),
  allowOverlap: z.boolean().optional().describe('Start although another job writes there'),
});
export type JobRequest = z.infer<typeof jobRequestSchema>;

/** Body of `POST /api/preflight` about a job that is there. Else it is that of `POST /api/jobs`. */
export const preflightOfJobSchema = z.strictObject({ job: z.string().min(1).max(40) });

/** Body of `POST /api/preflight` about what a policy starts. */
export const preflightOfPolicySchema = z.strictObject({ policy: z.string().min(1).max(63) });

/** Body of `POST /api/jobs/{id}/approve`. */
export const approvalSchema = z.strictObject({
  planHash: z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits that the job shows'),
});
