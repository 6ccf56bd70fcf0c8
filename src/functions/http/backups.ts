import type { HttpRequest } from '@azure/functions';
import { isPolicyName } from '../../job/policy.js';
import { type BackupPoint, listPoints } from '../../record/backup-points.js';
import { readPolicy } from '../../record/policies.js';
import { requireRole } from './access.js';
import { normalised } from './audit.js';
import { acceptedJob, jsonResponse } from './job-response.js';
import { type CheckedJob, deletesUnasked, jobSpecOf } from './job-spec-of.js';
import { parseRequest } from './parse-request.js';
import { policyNotFound } from './policy-of-request.js';
import { Problem } from './problem.js';
import { readIdempotencyKey, readQuery } from './query.js';
import { readJson } from './request-body.js';
import { type RestoreRequest, restoreRequestSchema } from './restore-request.js';
import type { CallServices, Handler, Route } from './route.js';
import { hashRequest, startJob } from './start-job.js';

const list: Handler = async (services, request) => {
  readQuery(request, []);
  const points = await pointsOf(services, request);
  return jsonResponse({ points: points.map(pointView).reverse() });
};

const restore: Handler = async (services, request, context) => {
  readQuery(request, []);
  const key = readIdempotencyKey(request);
  const body = parseRequest(restoreRequestSchema, (await readJson(request)) ?? {});
  const points = await pointsOf(services, request);
  const point = chosen(points, body.point);
  const job = restoreOf(body, point, services);
  services.note({ policy: point.policy, request: normalised(job), requestHash: hashRequest(body) });
  if (deletesUnasked(job)) requireRole(services.caller, 'Copy.Admin', 'a mirror that nobody approves');
  const started = await startJob(services, job, {
    ...(key === undefined ? {} : { key }),
    requestHash: hashRequest({ restore: point.policy, ...body }),
    context,
  });
  services.note({ job: started.record.id });
  return acceptedJob(services, started);
};

/** Backups outlive their policy: a name without either is not found. One request more where there is no backup. */
async function pointsOf({ state }: CallServices, request: HttpRequest): Promise<readonly BackupPoint[]> {
  const name = request.params['name'] ?? '';
  if (!isPolicyName(name)) throw unknown();
  const points = await listPoints(state, name);
  if (points.length === 0 && (await readPolicy(state, name)) === undefined) throw unknown();
  return points.map(({ point }) => point);
}

function unknown(): Problem {
  return policyNotFound('there is neither a policy nor a backup of this name');
}

function chosen(points: readonly BackupPoint[], id: string | undefined): BackupPoint {
  const good = points.filter(({ status }) => status === 'good');
  const point = id === undefined ? good.at(-1) : good.find((one) => one.id === id);
  if (point !== undefined) return point;
  throw new Problem('backup-not-found', {
    field: 'point',
    detail:
      id === undefined ? 'there is no good backup of this policy' : 'there is no good backup with this id',
    advice:
      'GET /api/policies/{name}/points lists the backups; a job that has just ended is looked at within a minute.',
  });
}

/** Of an incremental backup the objects lie in several folders, as its manifest says; a full one is a folder. */
function restoreOf(body: RestoreRequest, point: BackupPoint, { accounts }: CallServices): CheckedJob {
  const { point: _point, destination = point.source, overwrite = 'always', ...rest } = body;
  if (point.mode === 'incremental' && rest.mirror !== undefined && rest.mirror !== false) {
    throw new Problem('invalid-request', {
      field: 'mirror',
      detail: 'the objects of an incremental backup lie in several folders, and none of them is the whole',
      advice: 'Restore without mirror, or restore to an empty place and mirror from there.',
    });
  }
  const job = jobSpecOf({ ...rest, source: point.url, destination, overwrite }, accounts);
  const spec = { ...job.spec, ...directoriesOf(job, body, point) };
  if (point.mode === 'incremental' && spec.destination.service === 'files' && point.share === undefined) {
    throw new Problem('invalid-request', {
      field: 'destination',
      detail: 'an incremental backup of blobs cannot go to a share: names in several folders may meet there',
      advice: 'Restore to a container, and copy from there to the share.',
    });
  }
  const { id, policy, homes, objects = 0 } = point;
  if (point.mode === 'full') {
    return { ...job, spec: { ...spec, backup: { kind: 'restoreFull', policy, point: id } } };
  }
  const backup = { kind: 'restore', policy, point: id, homes, objects } as const;
  return { ...job, spec: { ...spec, backup } };
}

/** Directories that a backup keeps are objects in a container, and directories again in a share. */
function directoriesOf(
  { spec }: CheckedJob,
  { emptyDirectories }: RestoreRequest,
  { share }: BackupPoint,
): { readonly emptyDirectories?: true } {
  const wanted = emptyDirectories === undefined && share?.directories === true;
  return wanted && spec.destination.service === 'files' ? { emptyDirectories: true } : {};
}

function pointView({
  id,
  dueAt,
  mode,
  base,
  status,
  url,
  source,
  objects,
  copied,
  homes,
  prune,
}: BackupPoint): Readonly<Record<string, unknown>> {
  return {
    id,
    dueAt,
    mode,
    status,
    destination: url,
    source,
    ...(base === undefined ? {} : { base }),
    ...(objects === undefined ? {} : { objects }),
    ...(copied === undefined ? {} : { copied }),
    needs: homes.map(({ point }) => point).filter((needed) => needed !== id),
    ...(prune === undefined ? {} : { prune: { attempt: prune.attempt, job: prune.job } }),
  };
}

/** The operations on backups. */
export const backupRoutes: readonly Route[] = [
  { name: 'listPoints', method: 'GET', path: 'policies/{name}/points', access: 'Copy.Read', handler: list },
  {
    name: 'restorePolicy',
    method: 'POST',
    path: 'policies/{name}/restore',
    access: 'Copy.Operate',
    handler: restore,
  },
];
