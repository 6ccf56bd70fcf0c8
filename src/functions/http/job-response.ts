import type { HttpResponseInit } from '@azure/functions';
import { jobView } from '../../report/job-view.js';
import type { HttpServices } from '../services.js';
import type { StartedJob } from './start-job.js';

/** 202 with the job as it stands, where to ask for it, and when. */
export function acceptedJob(services: HttpServices, { record, board }: StartedJob): HttpResponseInit {
  return {
    status: 202,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      location: `/api/jobs/${record.id}`,
      'retry-after': '2',
    },
    body: JSON.stringify(jobView(record, board, services.clock.now())),
  };
}

/** 200 with a JSON body. */
export function jsonResponse(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
