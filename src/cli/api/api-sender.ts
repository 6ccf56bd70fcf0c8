import type { z } from 'zod';
import type { ApiReply, ApiRequest, ApiTransport } from './api-transport.js';
import type { CliContext } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { problemSchema } from '../views/job-view.js';
import { printable } from '../views/printable.js';

const attempts = 6;
const passingStatuses: readonly number[] = [429, 502, 503, 504];

/** Sends one request and returns its 2xx reply. Throws `CliError` for anything else. */
export type ApiSender = (request: ApiRequest, signal?: AbortSignal) => Promise<ApiReply>;

/** A sender that repeats what can pass by itself, and gives up after about half a minute: exit code 6. */
export function createSender(
  transport: ApiTransport,
  context: Pick<CliContext, 'sleep'>,
  apiUrl: string,
): ApiSender {
  return (request, signal) => sendRepeatedly(transport, context, apiUrl, request, signal);
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
      if (!passingStatuses.includes(reply.status) || isLasting(reply)) {
        return accepted(reply);
      }
      last = `HTTP ${String(reply.status)}${detailOf(reply)}`;
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

/** A fault in the app's settings stays until somebody mends them. */
function isLasting(reply: ApiReply): boolean {
  return problemOf(reply).type?.endsWith(':not-configured') === true;
}

function detailOf(reply: ApiReply): string {
  const { detail } = problemOf(reply);
  return detail === undefined ? '' : `, ${printable(detail)}`;
}

function problemOf(reply: ApiReply): z.infer<typeof problemSchema> {
  return problemSchema.safeParse(parseJson(reply.body)).data ?? {};
}

function socketReason(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function accepted(reply: ApiReply): ApiReply {
  if (reply.status >= 200 && reply.status < 300) {
    return reply;
  }
  const problem = problemOf(reply);
  const field = problem.field === undefined ? '' : ` (${problem.field})`;
  const what = problem.detail ?? problem.title ?? `HTTP ${String(reply.status)} without an explanation`;
  throw new CliError(
    exitCodes.refused,
    printable(`The API refused: ${what}${field}`),
    problem.advice === undefined ? adviceFor(reply.status) : printable(problem.advice),
    problem.field,
  );
}

function adviceFor(status: number): string | undefined {
  if (status === 401 || status === 403) {
    return 'Give the key of the function app as --api-key or TRANSHIP_API_KEY, or a token as TRANSHIP_API_TOKEN.';
  }
  return status >= 300 && status < 400 ? 'Redirects are not followed: is the URL right?' : undefined;
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
