import { z } from 'zod';
import { jobRequestSchema } from './job-request.js';

const { source: _source, destination, listOfFiles: _listOfFiles, ...rest } = jobRequestSchema.shape;

/** Body of `POST /api/policies/{name}/restore`: a job's, from a backup. */
export const restoreRequestSchema = z.strictObject({
  ...rest,
  point: z
    .string()
    .regex(/^[a-z0-9]{8,40}$/, 'must be the id of a backup')
    .optional()
    .describe('Id of the backup; the newest good one by default'),
  destination: destination.optional().describe('Where to; back to where it came from by default'),
  overwrite: jobRequestSchema.shape.overwrite.describe('"always" by default: what differs is not guessed'),
});
export type RestoreRequest = z.infer<typeof restoreRequestSchema>;
