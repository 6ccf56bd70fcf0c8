import { backupRoutes } from './backups.js';
import { healthRoutes } from './health.js';
import { identityRoutes } from './identity.js';
import { jobRoutes } from './jobs.js';
import { describeRoutes } from './openapi.js';
import { jsonResponse } from './job-response.js';
import { policyRoutes } from './policies.js';
import { preflightRoutes } from './preflight.js';
import { replicationRoutes } from './replication-retry.js';
import { reportRoutes } from './report.js';
import type { Route } from './route.js';

/** Every operation of the API. */
export const routes: readonly Route[] = [
  ...jobRoutes,
  ...reportRoutes,
  ...policyRoutes,
  ...backupRoutes,
  ...replicationRoutes,
  ...preflightRoutes,
  ...healthRoutes,
  ...identityRoutes,
  {
    name: 'openapi',
    method: 'GET',
    path: 'openapi.json',
    access: 'anonymous',
    handler: () => Promise.resolve(jsonResponse(describeRoutes(routes))),
  },
];
