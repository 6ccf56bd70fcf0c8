import type { HttpMethod, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { isCopyError } from '../../job/copy-error.js';
import { redact } from '../../job/redact.js';
import { ConfigError } from '../../runtime/config.js';
import type { HttpServices } from '../services.js';
import { Problem, problemResponse } from './problem.js';

/** Decodes a request, makes one call, encodes its answer; throws `Problem` to refuse. */
export type Handler = (
  services: HttpServices,
  request: HttpRequest,
  context: InvocationContext,
) => Promise<HttpResponseInit>;

/** One operation of the API. */
export interface Route {
  /** Name of the function; unique. */
  readonly name: string;
  readonly method: Extract<HttpMethod, 'GET' | 'POST'>;
  /** Below `/api/`, with parameters in braces. */
  readonly path: string;
  /** `anonymous`: anybody may ask. */
  readonly access: 'function' | 'anonymous';
  readonly handler: Handler;
}

/**
 * Answers a request whatever happens: refusals and failures become problems. What is unexpected is logged by its name
 * and told to the caller by the invocation's id only.
 */
export async function answer(
  route: Route,
  open: () => HttpServices,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  try {
    return await route.handler(open(), request, context);
  } catch (error) {
    return responseTo(error, context);
  }
}

function responseTo(error: unknown, context: InvocationContext): HttpResponseInit {
  if (error instanceof Problem) return problemResponse(error.code, error.problem);
  if (error instanceof ConfigError) {
    return problemResponse('not-configured', {
      detail: error.message,
      field: error.setting,
      advice: 'Correct this setting of the app; GET /api/health says when it is ready.',
    });
  }
  context.error(error instanceof Error ? redact(error.stack ?? error.name) : 'a value was thrown');
  if (isCopyError(error)) {
    return problemResponse('state-unavailable', {
      detail: `the state container answered: ${error.code}`,
      advice: 'Try again in some seconds; a repeated request with the same Idempotency-Key is safe.',
      headers: { 'retry-after': '5' },
    });
  }
  return problemResponse('unexpected', {
    detail: `see the log of invocation ${context.invocationId}`,
    advice: 'Try again; report it with the id of the invocation if it happens again.',
  });
}
