import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Policy } from '../../job/policy.js';
import type { ReplicationRule } from '../../job/replication-rule.js';
import {
  listPolicies,
  type PolicyVersion,
  readPolicy,
  removePolicy,
  writePolicy,
} from '../../record/policies.js';
import { jobIdFromBytes } from '../../record/job-id.js';
import { ruleId } from '../../replicate/lineage.js';
import { isoTime } from '../../runtime/clock.js';
import type { StateStore } from '../../storage/state-store.js';
import type { HttpServices } from '../services.js';
import { markRemovedRule } from '../purge-replication.js';
import { startDue } from '../start-due.js';
import { startReconcile } from '../start-reconcile.js';
import { requireRole } from './access.js';
import { acceptedJob, jsonResponse } from './job-response.js';
import { deletesUnasked } from './job-spec-of.js';
import { parseRequest } from './parse-request.js';
import { policyOf } from './policy-of.js';
import { meansVersion, policyChanged, policyNameOf, policyOfRequest } from './policy-of-request.js';
import { policyRequestSchema } from './policy-request.js';
import { policyView } from './policy-view.js';
import { readIdempotencyKey, readQuery } from './query.js';
import { readJson, readNothing } from './request-body.js';
import { replicationStatus } from './replication-status.js';
import { scheduleStatus } from './schedule-status.js';
import { hashRequest } from './start-job.js';
import type { CallServices, Handler, Route } from './route.js';

const list: Handler = async (services, request) => {
  readQuery(request, []);
  const policies = [];
  for await (const { policy } of listPolicies(services.state)) {
    policies.push(policyView(policy, services.clock.now()));
  }
  return jsonResponse({ policies });
};

const show: Handler = async (services, request) => {
  readQuery(request, []);
  const version = await policyOfRequest(services.state, request);
  const { policy, etag } = version;
  const status =
    policy.kind === 'schedule'
      ? await scheduleStatus(services.state, policy)
      : await replicationStatus(services, policy);
  return jsonResponse({ ...policyView(policy, services.clock.now()), status }, { etag });
};

const save: Handler = async (services, request) => {
  readQuery(request, []);
  const name = policyNameOf(request);
  services.note({ policy: name });
  const body = parseRequest(policyRequestSchema, await readJson(request));
  const before = await readPolicy(services.state, name);
  const policy = policyOf(body, {
    rules: body.kind === 'replication' ? await otherRules(services.state, name) : [],
    name,
    accounts: services.accounts,
    now: isoTime(services.clock),
    by: services.caller.id,
    ...(before === undefined ? {} : { before: before.policy }),
  });
  services.note({ request: audited(policy), requestHash: hashRequest(body) });
  requireRoleFor(services, policy);
  const version = await swap(services, request, before, policy);
  return { ...shown(services, version), status: before === undefined ? 201 : 200 };
};

/** The rules that a new one must agree with. */
async function otherRules(state: StateStore, name: string): Promise<readonly ReplicationRule[]> {
  const rules: ReplicationRule[] = [];
  for await (const { policy } of listPolicies(state)) {
    if (policy.kind === 'replication' && policy.name !== name) rules.push(policy.rule);
  }
  return rules;
}

const remove: Handler = async (services, request): Promise<HttpResponseInit> => {
  readQuery(request, []);
  const version = await policyOfRequest(services.state, request);
  const { kind, name } = version.policy;
  services.note({ policy: name });
  if (!meansVersion(request, version.etag)) throw policyChanged();
  if (kind === 'replication') await markRemovedRule(services.state, ruleId(services.home, name));
  if (!(await removePolicy(services.state, version))) throw policyChanged();
  return { status: 204, headers: { 'cache-control': 'no-store' } };
};

function setPaused(paused: boolean): Handler {
  return async (services, request) => {
    readQuery(request, []);
    const version = await policyOfRequest(services.state, request);
    const { policy } = version;
    services.note({ policy: policy.name });
    if (policy.paused === paused) return shown(services, version);
    requireRoleFor(services, policy);
    const now = isoTime(services.clock);
    const after: Policy = {
      ...policy,
      paused,
      changedAt: now,
      changedBy: services.caller.id,
      // What came due during the pause is not made up for.
      scheduledFrom: now,
    };
    return shown(services, await swap(services, request, version, after));
  };
}

const run: Handler = async (services, request, context) => {
  readQuery(request, []);
  const key = readIdempotencyKey(request);
  await readNothing(request);
  const { policy } = await policyOfRequest(services.state, request);
  services.note({ policy: policy.name });
  requireRoleFor(services, policy);
  // Without a key each call is a run of its own, two within the same millisecond too.
  const occasion = { dueAt: isoTime(services.clock), key: key ?? jobIdFromBytes(services.randomBytes(16)) };
  const started =
    policy.kind === 'schedule'
      ? await startDue(services, policy, occasion, context)
      : await startReconcile(services, policy, occasion, context);
  services.note({ job: started.record.id });
  return acceptedJob(services, started);
};

/** Stores the next version over the one that was read. Throws `Problem` `policy-changed`. */
async function swap(
  { state }: HttpServices,
  request: HttpRequest,
  before: PolicyVersion | undefined,
  policy: Policy,
): Promise<PolicyVersion> {
  if (!meansVersion(request, before?.etag)) throw policyChanged();
  const etag = await writePolicy(state, policy, before?.etag);
  if (etag === undefined) throw policyChanged();
  return { policy, etag };
}

function shown(services: HttpServices, { policy, etag }: PolicyVersion): HttpResponseInit {
  return jsonResponse(policyView(policy, services.clock.now()), { etag });
}

/** Who lets a policy delete must be allowed to delete. */
function requireRoleFor(services: CallServices, policy: Policy): void {
  if (deletes(policy)) requireRole(services.caller, 'Copy.Admin', 'a policy that deletes');
}

function deletes(policy: Policy): boolean {
  return policy.kind === 'schedule'
    ? deletesUnasked(policy.job) || policy.backup?.retention !== undefined
    : policy.rule.deletes === 'propagate';
}

/** What the audit event says of a policy: places and modes. */
function audited(policy: Policy): string {
  const { kind, paused } = policy;
  if (policy.kind === 'replication') {
    const { source, targets, deletes: deleting, conflict, reconcile } = policy.rule;
    return JSON.stringify({ kind, paused, source, targets, deletes: deleting, conflict, reconcile });
  }
  const { schedule, job, backup } = policy;
  const { source, destination } = job;
  const mirror = job.spec.mirror === undefined ? {} : { mirror: job.spec.mirror };
  return JSON.stringify({ kind, paused, schedule, source, destination, ...mirror, backup });
}

/** The operations on policies. */
export const policyRoutes: readonly Route[] = [
  { name: 'listPolicies', method: 'GET', path: 'policies', access: 'Copy.Read', handler: list },
  { name: 'showPolicy', method: 'GET', path: 'policies/{name}', access: 'Copy.Read', handler: show },
  { name: 'savePolicy', method: 'PUT', path: 'policies/{name}', access: 'Copy.Operate', handler: save },
  {
    name: 'removePolicy',
    method: 'DELETE',
    path: 'policies/{name}',
    access: 'Copy.Operate',
    handler: remove,
  },
  { name: 'runPolicy', method: 'POST', path: 'policies/{name}/run', access: 'Copy.Operate', handler: run },
  ...([true, false] as const).map((paused): Route => {
    const action = paused ? 'pause' : 'resume';
    return {
      name: `${action}Policy`,
      method: 'POST',
      path: `policies/{name}/${action}`,
      access: 'Copy.Operate',
      handler: setPaused(paused),
    };
  }),
];
