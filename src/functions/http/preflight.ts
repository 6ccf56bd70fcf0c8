import type { JobSpec } from '../../job/job-spec.js';
import { type Policy, isPolicyName } from '../../job/policy.js';
import { reconcileJobs } from '../../replicate/reconcile-jobs.js';
import { isJobId } from '../../record/job-id.js';
import { readJob } from '../../record/jobs.js';
import { readPolicy } from '../../record/policies.js';
import { normalised } from './audit.js';
import { jobNotFound } from './job-of-request.js';
import { jobRequestSchema, preflightOfJobSchema, preflightOfPolicySchema } from './job-request.js';
import { jsonResponse } from './job-response.js';
import { jobSpecOf } from './job-spec-of.js';
import { parseRequest } from './parse-request.js';
import { policyNotFound } from './policy-of-request.js';
import { readQuery } from './query.js';
import { readJson } from './request-body.js';
import type { CallServices, Handler, Route } from './route.js';

const preflight: Handler = async (services, request) => {
  readQuery(request, []);
  const spec = await specOf(services, await readJson(request));
  const { identities, findings } = await services.preflight(spec);
  const ok = findings.every((finding) => finding.ok !== false || !finding.required);
  return jsonResponse({ ok, identities, findings });
};

/** The spec of a job that is there, of what a policy starts, or of a job that could be started. */
async function specOf(services: CallServices, body: unknown): Promise<JobSpec> {
  if (typeof body === 'object' && body !== null && 'job' in body) {
    const { job } = parseRequest(preflightOfJobSchema, body);
    const record = isJobId(job) ? await readJob(services.state, job) : undefined;
    if (record === undefined) throw jobNotFound('job');
    services.note({ job });
    return record.spec;
  }
  if (typeof body === 'object' && body !== null && 'policy' in body) {
    const { policy } = parseRequest(preflightOfPolicySchema, body);
    const found = isPolicyName(policy) ? await readPolicy(services.state, policy) : undefined;
    if (found === undefined) throw policyNotFound('there is no policy of this name');
    return specOfPolicy(found.policy);
  }
  const job = jobSpecOf(parseRequest(jobRequestSchema, body), services.accounts);
  services.note({ request: normalised(job) });
  return job.spec;
}

/** Of a replication rule: the job that reconciles its first target. */
function specOfPolicy(policy: Policy): JobSpec {
  if (policy.kind === 'schedule') return policy.job.spec;
  const [first] = reconcileJobs(policy.rule, policy.name, 'preflight');
  if (first === undefined) throw new RangeError('a rule has at least one target');
  return first.spec;
}

/** What stands in a job's way, before it starts. */
export const preflightRoutes: readonly Route[] = [
  { name: 'preflight', method: 'POST', path: 'preflight', access: 'Copy.Operate', handler: preflight },
];
