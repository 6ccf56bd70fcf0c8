import { ruleId } from '../../replicate/lineage.js';
import { jsonResponse } from './job-response.js';
import { policyOfRequest } from './policy-of-request.js';
import { Problem } from './problem.js';
import { readQuery } from './query.js';
import type { Handler, Route } from './route.js';

const retry: Handler = async (services, request, context) => {
  readQuery(request, []);
  const { policy } = await policyOfRequest(services.state, request);
  services.note({ policy: policy.name });
  if (policy.kind !== 'replication') {
    throw new Problem('invalid-request', {
      field: 'name',
      detail: 'only what a replication rule has given up can be tried again',
      advice: 'Retry a job of this policy instead: POST /api/jobs/{id}/retry.',
    });
  }
  return jsonResponse(await services.retryReplication(ruleId(services.home, policy.rule.name), context));
};

/** Operations on replication rules alone. */
export const replicationRoutes: readonly Route[] = [
  {
    name: 'retryPolicy',
    method: 'POST',
    path: 'policies/{name}/retry',
    access: 'Copy.Operate',
    handler: retry,
  },
];
