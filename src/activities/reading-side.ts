import type { JobSpec } from '../job/job-spec.js';

/** Who reads the source: a job that empties a folder has no source, and looks with the eyes that write there. */
export function readingSide({ backup }: JobSpec): 'source' | 'destination' {
  return backup?.kind === 'prune' ? 'destination' : 'source';
}
