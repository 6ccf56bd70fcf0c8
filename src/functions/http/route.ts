import type { HttpMethod, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { isCopyError } from '../../job/copy-error.js';
import { redact } from '../../job/redact.js';
import { ConfigError } from '../../runtime/config.js';
import type { HttpServices } from '../services.js';
import { requireRole } from './access.js';
import { type AuditNote, logAudit } from './audit.js';
import { type AppRole, type Caller, anonymous } from './caller.js';
import { Problem, problemResponse } from './problem.js';

/** What one call works with: the process, who calls, and what the audit event shall say of it. */
export interface CallServices extends HttpServices {
  readonly caller: Caller;
  readonly note: (note: AuditNote) => void;
}

/** Decodes a request, makes one call, encodes its answer; throws `Problem` to refuse. */
export type Handler = (
  services: CallServices,
  request: HttpRequest,
  context: InvocationContext,
) => Promise<HttpResponseInit>;

/** One operation of the API. */
export interface Route {
  /** Name of the function; unique. */
  readonly name: string;
  readonly method: Extract<HttpMethod, 'GET' | 'POST' | 'PUT' | 'DELETE'>;
  /** Below `/api/`, with parameters in braces. */
  readonly path: string;
  /** The app role that a caller needs; `anonymous`: anybody may ask. */
  readonly access: AppRole | 'anonymous';
  readonly handler: Handler;
}

/**
 * Answers a request whatever happens: refusals and failures become problems. What is unexpected is logged by its name
 * and told to the caller by the invocation's id only. Who calls is found out before anything of the request is read,
 * and every call that may change something leaves an audit event, refused ones too.
 */
export async function answer(
  route: Route,
  open: () => HttpServices,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const call: { services?: HttpServices; caller: Caller; note: AuditNote } = { caller: anonymous, note: {} };
  let response: HttpResponseInit;
  try {
    const services = open();
    call.services = services;
    if (route.access !== 'anonymous') {
      call.caller = await services.access.identify(request);
      requireRole(call.caller, route.access, route.name);
    }
    const note = (more: AuditNote): void => {
      call.note = { ...call.note, ...more };
    };
    response = await route.handler({ ...services, caller: call.caller, note }, request, context);
  } catch (error) {
    response = responseTo(error, context);
  }
  if (call.services !== undefined && route.method !== 'GET') {
    logAudit(call.services, { action: route.name, caller: call.caller, request, response, note: call.note });
  }
  return response;
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
