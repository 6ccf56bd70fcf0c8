import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { LogFields } from '../../runtime/logger.js';
import type { Caller } from './caller.js';
import type { CheckedJob } from './job-spec-of.js';

/** What a handler tells of its call. */
export interface AuditNote {
  readonly job?: string;
  readonly policy?: string;
  /** The request as it was understood, JSON: places and modes, never a secret. */
  readonly request?: string;
  /** Of the whole request: ties the event to the job's record. */
  readonly requestHash?: string;
}

export interface AuditedCall {
  /** Name of the operation. */
  readonly action: string;
  readonly caller: Caller;
  readonly request: HttpRequest;
  readonly response: HttpResponseInit;
  readonly note: AuditNote;
}

/** One event for a call that may change something: who, what, on which job, and how it was answered. */
export function logAudit(
  services: { log(event: string, fields: LogFields): void },
  { action, caller, request, response, note }: AuditedCall,
): void {
  const job = note.job ?? request.params['id'];
  services.log('audit', {
    caller: caller.id,
    callerKind: caller.kind,
    action,
    status: response.status ?? 200,
    // An id is what the path says; a wrong one may be anything.
    ...(job !== undefined && /^[a-z0-9]{8,40}$/.test(job) ? { job } : {}),
    ...(note.policy === undefined ? {} : { policy: note.policy }),
    ...(note.request === undefined ? {} : { request: note.request }),
    ...(note.requestHash === undefined ? {} : { requestHash: note.requestHash }),
  });
}

/** A job for the audit event: where from, where to, and what may be lost. URLs are rebuilt from the account table. */
export function normalised({ kind, source, destination, spec }: CheckedJob): string {
  const { overwrite, mirror, dryRun, approve, createContainers, allowOverlap } = spec;
  const modes = { overwrite, dryRun, approve, createContainers, allowOverlap };
  return JSON.stringify({ kind, source, destination, ...(mirror === undefined ? {} : { mirror }), ...modes });
}
