import { parseJson, type ApiSender } from './api-sender.js';
import type { ApiReply } from './api-transport.js';
import { badInput, CliError, exitCodes } from '../exit-codes.js';
import type { JobRequestDraft } from '../flags/job-request.js';
import { identitiesSchema, type IdentityView } from '../views/identity-view.js';
import { jobPageSchema, jobViewSchema, type JobView } from '../views/job-view.js';
import { preflightViewSchema, type PreflightView } from '../views/preflight-view.js';
import { printable } from '../views/printable.js';

const reportPageLines = 5000;

export type JobAction = 'pause' | 'resume' | 'cancel' | 'retry' | 'approve';

/** What to read of a report. Absent fields are the API's defaults. */
export interface ReportRequest {
  /** Outcomes separated by commas, or `all`. */
  readonly outcome?: string;
  readonly view?: 'plan' | 'outcomes';
  readonly csv?: boolean;
}

/** The HTTP API in the words of the CLI. Every method throws `CliError`, and repeats what can pass by itself. */
export interface ApiClient {
  /** Safe to repeat: the same key gives the same job. */
  submit(request: JobRequestDraft, idempotencyKey: string): Promise<JobView>;
  /** What stands in the way of a job: of one that is there as `{job}`, or of the body of one. */
  preflight(body: object): Promise<PreflightView>;
  job(id: string, signal?: AbortSignal): Promise<JobView>;
  /** Newest first; asks for further pages as they are read. */
  jobs(query: Readonly<Record<string, string>>): AsyncIterable<JobView>;
  /** The job as it is after the action; for `retry` the new job. */
  act(
    id: string,
    action: JobAction,
    idempotencyKey: string,
    body?: Readonly<Record<string, string>>,
  ): Promise<JobView>;
  /** Who the app is towards storage. */
  identities(): Promise<readonly IdentityView[]>;
  /** The pages of the report as the API wrote them: whole lines of NDJSON, or of CSV with a header on the first. */
  report(id: string, options: ReportRequest): AsyncIterable<string>;
}

/** A client that speaks through `send`. */
export function createApiClient(send: ApiSender): ApiClient {
  const post = async (path: string, idempotencyKey: string, body: object): Promise<JobView> =>
    jobOf(
      send,
      await send({
        method: 'POST',
        path,
        headers: { 'idempotency-key': idempotencyKey },
        body: JSON.stringify(body),
      }),
    );
  return {
    preflight: async (body) =>
      parseReply(
        preflightViewSchema,
        await send({ method: 'POST', path: '/api/preflight', body: JSON.stringify(body) }),
      ),
    job: async (id, signal) =>
      parseReply(jobViewSchema, await send({ method: 'GET', path: jobPath(id) }, signal)),
    submit: (request, idempotencyKey) => post('/api/jobs', idempotencyKey, request),
    act: async (id, action, idempotencyKey, body) =>
      post(`${jobPath(id)}/${action}`, idempotencyKey, body ?? {}),
    identities: async () =>
      parseReply(identitiesSchema, await send({ method: 'GET', path: '/api/identity' })).identities,
    jobs: (query) => listJobs(send, query),
    report: (id, options) => readReport(send, id, options),
  };
}

/** The job of a 202, which may come without a body; the job is then where Location says. Throws `CliError`. */
export async function jobOf(send: ApiSender, reply: ApiReply): Promise<JobView> {
  const parsed = jobViewSchema.safeParse(parseJson(reply.body));
  const location = reply.headers.location;
  if (parsed.success || location === undefined) {
    return parsed.success ? parsed.data : parseReply(jobViewSchema, reply);
  }
  return parseReply(jobViewSchema, await send({ method: 'GET', path: pathOf(location) }));
}

async function* listJobs(send: ApiSender, query: Readonly<Record<string, string>>): AsyncGenerator<JobView> {
  const search = new URLSearchParams(query).toString();
  let path: string | undefined = search === '' ? '/api/jobs' : `/api/jobs?${search}`;
  while (path !== undefined) {
    const reply: ApiReply = await send({ method: 'GET', path });
    const page = parseReply(jobPageSchema, reply);
    yield* page.jobs;
    path = page.nextLink === undefined ? undefined : pathOf(page.nextLink);
  }
}

async function* readReport(
  send: ApiSender,
  id: string,
  { outcome, view, csv }: ReportRequest,
): AsyncGenerator<string> {
  const query = new URLSearchParams({
    ...(outcome === undefined ? {} : { outcome }),
    ...(view === undefined ? {} : { view }),
    top: String(reportPageLines),
  });
  let path: string | undefined = `${jobPath(id)}/report?${query.toString()}`;
  while (path !== undefined) {
    const reply: ApiReply = await send({
      method: 'GET',
      path,
      headers: { accept: csv === true ? 'text/csv' : 'application/x-ndjson' },
    });
    yield reply.body;
    const next = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(String(reply.headers['link'] ?? ''))?.[1];
    path = next === undefined ? undefined : pathOf(next);
  }
}

/** Ids are one path segment of plain characters; anything else would address something else. */
function jobPath(id: string): string {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(id) || /^\.+$/.test(id)) {
    throw badInput(`"${printable(id)}" is not the id of a job.`, 'See "tranship jobs list".');
  }
  return `/api/jobs/${id}`;
}

/** Path and query of a link: links never lead to another host, so that the key stays with the API. */
function pathOf(link: string): string {
  const url = new URL(link, 'http://api.invalid/api/jobs');
  const start = url.pathname.indexOf('/api/');
  return `${start > 0 ? url.pathname.slice(start) : url.pathname}${url.search}`;
}

/** The body of a reply, checked. Throws `CliError` for what no API of Tranship answers. */
export function parseReply<T>(
  schema: { safeParse(value: unknown): { data?: T; success: boolean } },
  reply: ApiReply,
): T {
  const parsed = schema.safeParse(parseJson(reply.body));
  if (!parsed.success || parsed.data === undefined) {
    throw new CliError(
      exitCodes.unreachable,
      'What answered is not the API of Tranship, or of another edition.',
      'Check --api-url.',
    );
  }
  return parsed.data;
}
