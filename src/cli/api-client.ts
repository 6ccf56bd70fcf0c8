import type { OutcomeKind } from '../job/outcome.js';
import type { ApiReply, ApiRequest, ApiTransport } from './api-transport.js';
import type { CliContext } from './context.js';
import { badInput, CliError, exitCodes } from './exit-codes.js';
import type { JobRequestDraft } from './job-request.js';
import { jobPageSchema, jobViewSchema, problemSchema, type JobView } from './job-view.js';
import { printable } from './printable.js';

export type JobAction = 'pause' | 'resume' | 'cancel' | 'retry' | 'approve';

/** The HTTP API in the words of the CLI. Every method throws `CliError`, and repeats what can pass by itself. */
export interface ApiClient {
  /** Safe to repeat: the same key gives the same job. */
  submit(request: JobRequestDraft, idempotencyKey: string): Promise<JobView>;
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
  /** The lines of the report as the API wrote them, over all pages. */
  report(id: string, outcome: OutcomeKind | undefined): AsyncIterable<string>;
}

const attempts = 6;
const passingStatuses: readonly number[] = [429, 502, 503, 504];

/** `context` supplies time; an unreachable API is given up after about half a minute (exit code 6). */
export function createApiClient(
  transport: ApiTransport,
  context: Pick<CliContext, 'sleep'>,
  apiUrl: string,
): ApiClient {
  const send = (request: ApiRequest, signal?: AbortSignal): Promise<ApiReply> =>
    sendRepeatedly(transport, context, apiUrl, request, signal);

  async function job(id: string, signal?: AbortSignal): Promise<JobView> {
    return parseReply(jobViewSchema, await send({ method: 'GET', path: jobPath(id) }, signal));
  }

  /** 202 may come without a body; the job is then where Location says. */
  async function jobOf(reply: ApiReply): Promise<JobView> {
    const parsed = jobViewSchema.safeParse(parseJson(reply.body));
    const location = reply.headers.location;
    if (parsed.success || location === undefined) {
      return parsed.success ? parsed.data : parseReply(jobViewSchema, reply);
    }
    return parseReply(jobViewSchema, await send({ method: 'GET', path: pathOf(location) }));
  }

  async function* pages(first: string): AsyncGenerator<ApiReply> {
    let path: string | undefined = first;
    while (path !== undefined) {
      const reply: ApiReply = await send({ method: 'GET', path });
      yield reply;
      const next = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(String(reply.headers['link'] ?? ''))?.[1];
      path = next === undefined ? undefined : pathOf(next);
    }
  }

  return {
    job,
    submit: async (request, idempotencyKey) =>
      jobOf(
        await send({
          method: 'POST',
          path: '/api/jobs',
          headers: { 'idempotency-key': idempotencyKey },
          body: JSON.stringify(request),
        }),
      ),
    act: async (id, action, idempotencyKey, body) =>
      jobOf(
        await send({
          method: 'POST',
          path: `${jobPath(id)}/${action}`,
          headers: { 'idempotency-key': idempotencyKey },
          body: JSON.stringify(body ?? {}),
        }),
      ),
    async *jobs(query) {
      const search = new URLSearchParams(query).toString();
      let path: string | undefined = search === '' ? '/api/jobs' : `/api/jobs?${search}`;
      while (path !== undefined) {
        const page: ReturnType<typeof jobPageSchema.parse> = parseReply(
          jobPageSchema,
          await send({ method: 'GET', path }),
        );
        yield* page.jobs;
        path = page.nextLink === undefined ? undefined : pathOf(page.nextLink);
      }
    },
    async *report(id, outcome) {
      const query = outcome === undefined ? '' : `?outcome=${outcome}`;
      for await (const page of pages(`${jobPath(id)}/report${query}`)) {
        yield* page.body.split('\n').filter((line) => line !== '');
      }
    },
  };
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

async function sendRepeatedly(
  transport: ApiTransport,
  context: Pick<CliContext, 'sleep'>,
  apiUrl: string,
  request: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<ApiReply> {
  let last = 'no reply';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    let retryAfterMs = 1000 * 2 ** (attempt - 1);
    try {
      const reply = await transport(request, signal);
      if (!passingStatuses.includes(reply.status)) {
        return accepted(reply);
      }
      last = `HTTP ${String(reply.status)}`;
      retryAfterMs = Math.max(
        retryAfterMs,
        1000 * Math.min(60, Number(reply.headers['retry-after'] ?? 0) || 0),
      );
    } catch (error) {
      if (error instanceof CliError || signal?.aborted === true) {
        throw error;
      }
      last = error instanceof Error ? socketReason(error) : 'no reply';
    }
    if (attempt < attempts) {
      await context.sleep(retryAfterMs, signal);
    }
  }
  throw new CliError(
    exitCodes.unreachable,
    `The API at ${apiUrl} cannot be reached: ${last}.`,
    'Jobs that were started go on. Check the URL and the network, then try again.',
  );
}

function socketReason(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function accepted(reply: ApiReply): ApiReply {
  if (reply.status >= 200 && reply.status < 300) {
    return reply;
  }
  const problem = problemSchema.safeParse(parseJson(reply.body)).data ?? {};
  const field = problem.field === undefined ? '' : ` (${problem.field})`;
  const what = problem.detail ?? problem.title ?? `HTTP ${String(reply.status)} without an explanation`;
  throw new CliError(
    exitCodes.refused,
    printable(`The API refused: ${what}${field}`),
    problem.advice === undefined ? adviceFor(reply.status) : printable(problem.advice),
  );
}

function adviceFor(status: number): string | undefined {
  if (status === 401 || status === 403) {
    return 'Give the key of the function app as --api-key or TRANSHIP_API_KEY.';
  }
  return status >= 300 && status < 400 ? 'Redirects are not followed: is the URL right?' : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseReply<T>(
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
