import type { HttpRequest } from '@azure/functions';
import type { BoardVersion } from '../../record/board-file.js';
import { isJobId } from '../../record/job-id.js';
import type { JobRecord } from '../../record/job-record.js';
import { readBoard, readJob } from '../../record/jobs.js';
import type { StateStore } from '../../storage/state-store.js';
import { Problem } from './problem.js';

/** A job with the version of its board. */
export interface FoundJob extends BoardVersion {
  readonly record: JobRecord;
}

/** The job that the route names. Throws `Problem` `not-found`, also for what can be no id. Two requests. */
export async function jobOfRequest(state: StateStore, request: HttpRequest): Promise<FoundJob> {
  const id = request.params['id'] ?? '';
  const [record, seen] = isJobId(id) ? await Promise.all([readJob(state, id), readBoard(state, id)]) : [];
  if (record === undefined || seen === undefined) {
    throw jobNotFound('id');
  }
  return { record, ...seen };
}

/** The refusal of an id that no job has. */
export function jobNotFound(field: string): Problem {
  return new Problem('not-found', {
    detail: 'there is no job with this id',
    field,
    advice: 'GET /api/jobs lists the jobs that there are.',
  });
}
