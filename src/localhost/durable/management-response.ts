import { managementUrls } from './client-binding.js';
import type { ManagementRequest, ManagementResponse } from './engine-api.js';
import type { DurableEngineOptions } from './engine-options.js';
import type { InstanceControl } from './instance-control.js';
import { isFinished } from './instance.js';
import type { Instance } from './instance.js';
import { instanceStatus } from './instance-status.js';
import type { InstanceStore } from './instance-store.js';

export interface ManagementParts {
  readonly control: InstanceControl;
  readonly store: InstanceStore;
  readonly options: DurableEngineOptions;
}

/** One request with what it needs. */
export interface ManagementCall extends ManagementParts {
  readonly request: ManagementRequest;
}

/** An answer in JSON. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ManagementResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An answer without a body. */
export const emptyResponse = (status: number): ManagementResponse => ({ status, headers: {}, body: '' });

/** An error as the extension words it. */
export function managementError(status: number, message: string): ManagementResponse {
  return json(status, {
    Message: message,
    ExceptionMessage: message,
    ExceptionType: 'System.Exception',
    StackTrace: '',
  });
}

function originOf(request: ManagementRequest): string {
  return `http://${request.headers['host'] ?? '127.0.0.1'}`;
}

/** A boolean query parameter. */
export function isFlag(request: ManagementRequest, name: string, absent: boolean): boolean {
  const text = request.query.get(name);
  return text === null ? absent : text.toLowerCase() === 'true';
}

/** A body must be JSON or empty; undefined when it is neither. */
export function readBody(body: string): { readonly text: string | null } | undefined {
  if (body.trim() === '') {
    return { text: null };
  }
  try {
    return { text: JSON.stringify(JSON.parse(body)) };
  } catch {
    return undefined;
  }
}

/** 202 with the links of an instance. */
export function checkStatus(call: ManagementCall, instanceId: string): ManagementResponse {
  const urls = managementUrls(originOf(call.request), call.options.settings.hubName, instanceId);
  return json(202, urls, { location: urls['statusQueryGetUri'] ?? '', 'retry-after': '10' });
}

/** The status of an instance: 202 while it is live. */
export function statusResponse(call: ManagementCall, instance: Instance): ManagementResponse {
  const { request } = call;
  const status = instanceStatus(instance, {
    showInput: isFlag(request, 'showInput', true),
    showHistory: isFlag(request, 'showHistory', false),
    showHistoryOutput: isFlag(request, 'showHistoryOutput', false),
  });
  if (!isFinished(instance.fields.status)) {
    const urls = managementUrls(originOf(request), call.options.settings.hubName, instance.fields.id);
    return json(202, status, { location: urls['statusQueryGetUri'] ?? '', 'retry-after': '5' });
  }
  const isServerError =
    instance.fields.status === 'Failed' && isFlag(request, 'returnInternalServerErrorOnFailure', false);
  return json(isServerError ? 500 : 200, status);
}
