import type { ManagementRequest, ManagementResponse } from './engine-api.js';
import { isFinished } from './instance.js';
import { matchesFilter, pageOf, readFilter } from './instance-query.js';
import { instanceStatus } from './instance-status.js';
import { instanceVerb, purgeOne } from './instance-verbs.js';
import {
  checkStatus,
  emptyResponse,
  isFlag,
  json,
  managementError,
  readBody,
  statusResponse,
} from './management-response.js';
import type { ManagementCall, ManagementParts } from './management-response.js';

function isInstanceId(id: string): boolean {
  return (
    id.length > 0 && id.length <= 256 && !id.startsWith('@') && !/[/\\?#\u0000-\u001f\u007f-\u009f]/.test(id)
  );
}

async function startNew(
  call: ManagementCall,
  name: string,
  id: string | undefined,
): Promise<ManagementResponse> {
  const { request, control, options } = call;
  const body = readBody(request.body);
  if (body === undefined) {
    return managementError(400, 'The body of the request is not valid JSON.');
  }
  if (!options.invoker.has('orchestrator', name)) {
    return managementError(
      400,
      `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.`,
    );
  }
  if (id !== undefined && !isInstanceId(id)) {
    return managementError(400, 'Instance ids have 1 to 256 characters, no leading @ and none of / \\ ? #.');
  }
  const version = request.query.get('version') ?? undefined;
  const result = await control.start({ name, instanceId: id, version, input: body.text }, null);
  if (!result.started) {
    return managementError(500, `An Orchestration instance with the status ${result.status} already exists.`);
  }
  return afterStart(call, result.instanceId);
}

/** With `timeout` (seconds) the answer waits for the output; otherwise, or when it takes longer, it is the check-status links. */
async function afterStart(call: ManagementCall, instanceId: string): Promise<ManagementResponse> {
  const timeoutSeconds = Number(call.request.query.get('timeout') ?? Number.NaN);
  if (timeoutSeconds > 0) {
    await call.control.waitUntilFinished(instanceId, timeoutSeconds * 1000);
    const instance = call.store.get(instanceId);
    if (instance !== undefined && isFinished(instance.fields.status)) {
      return instance.fields.status === 'Completed'
        ? json(200, JSON.parse(instance.fields.output ?? 'null'))
        : statusResponse(call, instance);
    }
  }
  return checkStatus(call, instanceId);
}

function list(call: ManagementCall): ManagementResponse {
  const { request, store } = call;
  const filter = readFilter(request.query);
  if (filter === undefined) {
    return managementError(400, 'createdTimeFrom and createdTimeTo are ISO 8601 times.');
  }
  const top = Number(request.query.get('top') ?? '100');
  if (!Number.isInteger(top) || top < 1) {
    return managementError(400, 'top is a positive whole number.');
  }
  const { page, next } = pageOf(store.all(), filter, top, request.headers['x-ms-continuation-token'] ?? '');
  const options = {
    showInput: isFlag(request, 'showInput', false),
    showHistory: false,
    showHistoryOutput: false,
  };
  return json(
    200,
    page.map((instance) => instanceStatus(instance, options)),
    { 'x-ms-continuation-token': next },
  );
}

async function purgeMany(call: ManagementCall): Promise<ManagementResponse> {
  const filter = readFilter(call.request.query);
  if (filter?.createdFromMs === undefined) {
    return managementError(400, "Please provide value for 'createdTimeFrom' parameter.");
  }
  const ids = call.store
    .all()
    .filter((instance) => isFinished(instance.fields.status) && matchesFilter(instance, filter))
    .map((instance) => instance.fields.id);
  await call.control.purge(ids);
  return ids.length === 0 ? emptyResponse(404) : json(200, { instancesDeleted: ids.length });
}

function ofInstance(
  call: ManagementCall,
  id: string,
  rest: readonly string[],
): ManagementResponse | Promise<ManagementResponse> {
  const { method } = call.request;
  const instance = call.store.get(id);
  if (instance === undefined) {
    return managementError(404, `No instance with ID '${id}' found.`);
  }
  const [verb, argument] = rest;
  if (verb !== undefined) {
    return method === 'POST' && rest.length <= 2
      ? instanceVerb(call, instance, verb, argument)
      : emptyResponse(404);
  }
  if (method === 'GET') {
    return statusResponse(call, instance);
  }
  return method === 'DELETE' ? purgeOne(call, instance) : emptyResponse(405);
}

function ofAllInstances(call: ManagementCall): ManagementResponse | Promise<ManagementResponse> {
  switch (call.request.method) {
    case 'GET':
      return list(call);
    case 'DELETE':
      return purgeMany(call);
    default:
      return emptyResponse(405);
  }
}

function pathSegments(path: string): readonly string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Answers one request of the management API that the SDK's client and the check-status links use. */
export async function handleManagement(
  request: ManagementRequest,
  parts: ManagementParts,
): Promise<ManagementResponse> {
  const call: ManagementCall = { ...parts, request };
  const segments = pathSegments(request.path);
  if (segments === undefined) {
    return managementError(400, 'The path is not validly percent-encoded.');
  }
  const [collection, first = '', ...rest] = segments;
  if (collection === 'orchestrators' && first !== '' && rest.length <= 1) {
    return request.method === 'POST' ? startNew(call, first, rest[0]) : emptyResponse(405);
  }
  if (collection === 'instances') {
    return first === '' ? ofAllInstances(call) : ofInstance(call, first, rest);
  }
  return collection === 'entities'
    ? managementError(501, 'This host does not support entities.')
    : emptyResponse(404);
}
