import type { HttpResponseInit } from '@azure/functions';
import type { JobStatus } from '../../job/status.js';
import { isTerminal, jobStatuses } from '../../job/status.js';
import { BoardFile } from '../../record/board-file.js';
import { listJobs, readBoard } from '../../record/jobs.js';
import { decodeContinuation, encodeContinuation } from '../../report/continuation.js';
import type { JobView } from '../../report/job-view.js';
import { jobView } from '../../report/job-view.js';
import type { HttpServices } from '../services.js';
import { requireRole } from './access.js';
import { normalised } from './audit.js';
import type { JobAction } from './job-change.js';
import { changeJob } from './job-change.js';
import { jobOfRequest } from './job-of-request.js';
import { approvalSchema, jobRequestSchema } from './job-request.js';
import { acceptedJob, jsonResponse } from './job-response.js';
import { deletesUnasked, jobSpecOf } from './job-spec-of.js';
import { parseRequest } from './parse-request.js';
import { Problem } from './problem.js';
import {
  invalidContinuation,
  invalidQuery,
  pageLink,
  readCount,
  readIdempotencyKey,
  readQuery,
} from './query.js';
import { readJson, readNothing } from './request-body.js';
import { retryOf } from './retry.js';
import type { Handler, Route } from './route.js';
import { hashRequest, startJob, startRun } from './start-job.js';

/** Boards that one page of jobs may read: a rare status must not make one request of minutes. */
const maxScanned = 400;

const create: Handler = async (services, request, context) => {
  readQuery(request, []);
  const key = readIdempotencyKey(request);
  const body = parseRequest(jobRequestSchema, await readJson(request));
  const job = jobSpecOf(body, services.accounts);
  services.note({ request: normalised(job), requestHash: hashRequest(body) });
  if (deletesUnasked(job)) requireRole(services.caller, 'Copy.Admin', 'a mirror that nobody approves');
  const started = await startJob(services, job, {
    ...(key === undefined ? {} : { key }),
    requestHash: hashRequest(body),
    context,
  });
  services.note({ job: started.record.id });
  return acceptedJob(services, started);
};

const show: Handler = async (services, request) => {
  readQuery(request, []);
  const { record, board, etag } = await jobOfRequest(services.state, request);
  // Rates and remaining time move while the board stands: the tag is a weak one.
  const tag = `W/${etag}`;
  const headers = { etag: tag, ...(isTerminal(board.status) ? {} : { 'retry-after': '2' }) };
  if (matches(request.headers.get('if-none-match'), etag)) return { status: 304, headers };
  return jsonResponse(jobView(record, board, services.clock.now()), headers);
};

const list: Handler = async (services, request) => {
  const query = readQuery(request, ['status', 'from', 'top', 'continuation']);
  const wanted = readStatuses(query.status);
  if (query.from !== undefined && !isTime(query.from)) {
    throw invalidQuery('from', 'the value is no ISO 8601 time', 'Write it as 2026-11-22T10:00:00Z.');
  }
  const top = readCount('top', query.top, { fallback: 50, max: 200 });
  const page = await listPage(services, wanted, query, top);
  const { continuation } = page;
  return jsonResponse({
    jobs: page.jobs,
    ...(continuation === undefined
      ? {}
      : { nextLink: pageLink('/api/jobs', { ...query, top: String(top), continuation }) }),
  });
};

interface ListQuery {
  readonly status?: string;
  readonly from?: string;
  readonly continuation?: string;
}

/** Reads chunk after chunk of `top` jobs until a page is full; a token names a chunk and how much of it is used. */
async function listPage(
  services: HttpServices,
  wanted: ReadonlySet<JobStatus>,
  query: ListQuery,
  top: number,
): Promise<{ readonly jobs: readonly JobView[]; readonly continuation?: string }> {
  const purpose = `jobs ${[...wanted].join(',')} ${query.from ?? ''} ${String(top)}`;
  let [chunk, skip] = startOf(purpose, query.continuation);
  const jobs: JobView[] = [];
  for (let scanned = 0; scanned < maxScanned; scanned += top) {
    const { records, next } = await listJobs(services.state, {
      top,
      ...(chunk === '' ? {} : { continuation: chunk }),
      ...(query.from === undefined ? {} : { from: query.from }),
    });
    const seen = await Promise.all(records.map(({ id }) => readBoard(services.state, id)));
    for (let index = skip; index < records.length; index += 1) {
      const [record, board] = [records[index], seen[index]?.board];
      if (record === undefined || board === undefined || !wanted.has(board.status)) continue;
      if (jobs.length === top) return { jobs, continuation: encodeContinuation(purpose, [chunk, index]) };
      jobs.push(jobView(record, board, services.clock.now()));
    }
    if (next === undefined) return { jobs };
    [chunk, skip] = [next, 0];
  }
  return { jobs, continuation: encodeContinuation(purpose, [chunk, skip]) };
}

function startOf(purpose: string, token: string | undefined): [chunk: string, skip: number] {
  if (token === undefined) return ['', 0];
  const [chunk, skip] = decodeContinuation(purpose, token) ?? [];
  if (typeof chunk !== 'string' || typeof skip !== 'number') throw invalidContinuation();
  return [chunk, skip];
}

function change(action: JobAction): Handler {
  return async (services, request, context) => {
    readQuery(request, []);
    const body = await readJson(request);
    const { planHash } = action === 'approve' ? parseRequest(approvalSchema, body) : { planHash: undefined };
    if (planHash !== undefined) services.note({ request: JSON.stringify({ planHash }) });
    const { record } = await jobOfRequest(services.state, request);
    const file = new BoardFile(services.state, record.id, services.clock);
    const { board, result } = await file.update((before) => {
      const changed = changeJob(before, action, planHash);
      return { ...(changed.kind === 'change' ? { board: changed.board } : {}), result: changed };
    });
    if (result.kind === 'refused') {
      throw new Problem('invalid-transition', { detail: result.detail, advice: result.advice });
    }
    if (result.kind === 'other-plan') {
      throw new Problem('plan-changed', {
        field: 'planHash',
        detail: `the plan that waits has the hash ${result.planHash}`,
        advice: 'Read the plan in the report, then approve it by this hash.',
      });
    }
    if (board.status === 'Queued') await startRun(services, record.id, board.run, context);
    return acceptedJob(services, { record, board });
  };
}

const retry: Handler = async (services, request, context): Promise<HttpResponseInit> => {
  readQuery(request, []);
  const key = readIdempotencyKey(request);
  await readNothing(request);
  const found = await jobOfRequest(services.state, request);
  const started = await startJob(services, await retryOf(services, found), {
    ...(key === undefined ? {} : { key }),
    requestHash: hashRequest({ retryOf: found.record.id }),
    context,
  });
  services.note({ job: started.record.id, request: JSON.stringify({ retryOf: found.record.id }) });
  return acceptedJob(services, started);
};

function readStatuses(text: string | undefined): ReadonlySet<JobStatus> {
  if (text === undefined) return new Set(jobStatuses);
  const names = text.split(',');
  const known = jobStatuses.filter((status) => names.includes(status));
  if (known.length === new Set(names).size) return new Set(known);
  throw invalidQuery('status', 'there is no such status', `The statuses are: ${jobStatuses.join(', ')}.`);
}

function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(Date.parse(text));
}

function matches(header: string | null, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** The operations on jobs. */
export const jobRoutes: readonly Route[] = [
  { name: 'createJob', method: 'POST', path: 'jobs', access: 'Copy.Operate', handler: create },
  { name: 'listJobs', method: 'GET', path: 'jobs', access: 'Copy.Read', handler: list },
  { name: 'showJob', method: 'GET', path: 'jobs/{id}', access: 'Copy.Read', handler: show },
  ...(['pause', 'resume', 'cancel', 'approve'] as const).map((action): Route => ({
    name: `${action}Job`,
    method: 'POST',
    path: `jobs/{id}/${action}`,
    access: action === 'approve' ? 'Copy.Admin' : 'Copy.Operate',
    handler: change(action),
  })),
  { name: 'retryJob', method: 'POST', path: 'jobs/{id}/retry', access: 'Copy.Operate', handler: retry },
];
