import type { JobSpec } from '../../src/job/job-spec.js';

/** What the API makes of a request that names two places and nothing else. */
export const defaultSpec: Omit<JobSpec, 'source' | 'destination'> = {
  overwrite: 'ifDifferent',
  dryRun: false,
  approve: false,
  filters: {},
  tags: 'auto',
  tier: 'auto',
  preserveProperties: true,
  preserveMetadata: true,
  createContainers: false,
  singleShotBytes: 256 * 2 ** 20,
  maxInFlight: 512,
  allowOverlap: false,
};
