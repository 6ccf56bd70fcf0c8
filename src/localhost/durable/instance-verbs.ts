import type { ManagementResponse } from './engine-api.js';
import { isFinished } from './instance.js';
import type { Instance } from './instance.js';
import {
  checkStatus,
  emptyResponse,
  isFlag,
  json,
  managementError,
  readBody,
} from './management-response.js';
import type { ManagementCall } from './management-response.js';
import { HistoryEventType } from './protocol.js';
import type { HistoryEvent } from './protocol.js';

/** Removes a finished instance; a live one is left alone and counts as none. */
export async function purgeOne(call: ManagementCall, instance: Instance): Promise<ManagementResponse> {
  if (!isFinished(instance.fields.status)) {
    return json(200, { instancesDeleted: 0 });
  }
  await call.control.purge([instance.fields.id]);
  return json(200, { instancesDeleted: 1 });
}

async function restart(call: ManagementCall, instance: Instance): Promise<ManagementResponse> {
  const { id, name, version, input } = instance.fields;
  const instanceId = isFlag(call.request, 'restartWithNewInstanceId', true) ? undefined : id;
  const result = await call.control.start({ name, instanceId, version, input }, null);
  return result.started
    ? checkStatus(call, result.instanceId)
    : managementError(500, `An Orchestration instance with the status ${result.status} already exists.`);
}

const controlEvents: Readonly<Record<string, number>> = {
  terminate: HistoryEventType.ExecutionTerminated,
  suspend: HistoryEventType.ExecutionSuspended,
  resume: HistoryEventType.ExecutionResumed,
};

async function deliver(
  call: ManagementCall,
  instance: Instance,
  row: Partial<HistoryEvent>,
): Promise<ManagementResponse> {
  if (isFinished(instance.fields.status)) {
    return emptyResponse(410);
  }
  const Timestamp = new Date(call.options.time.now()).toISOString();
  await call.control.send(instance.fields.id, { EventType: -1, EventId: -1, Timestamp, ...row });
  return emptyResponse(202);
}

function raiseEvent(
  call: ManagementCall,
  instance: Instance,
  name: string,
): ManagementResponse | Promise<ManagementResponse> {
  const body = readBody(call.request.body);
  return body === undefined
    ? managementError(400, 'The body of the request is not valid JSON.')
    : deliver(call, instance, {
        EventType: HistoryEventType.EventRaised,
        Name: name,
        Input: body.text ?? 'null',
      });
}

/** `POST instances/{id}/{verb}[/{argument}]`. */
export function instanceVerb(
  call: ManagementCall,
  instance: Instance,
  verb: string,
  argument: string | undefined,
): ManagementResponse | Promise<ManagementResponse> {
  const eventType = controlEvents[verb];
  if (eventType !== undefined && argument === undefined) {
    const reason = call.request.query.get('reason') ?? '';
    const text = eventType === HistoryEventType.ExecutionTerminated ? { Input: reason } : { Reason: reason };
    return deliver(call, instance, { EventType: eventType, ...text });
  }
  if (verb === 'raiseEvent' && argument !== undefined && argument !== '') {
    return raiseEvent(call, instance, argument);
  }
  if (verb === 'restart') {
    return restart(call, instance);
  }
  return verb === 'rewind' ? managementError(501, 'This host does not support rewind.') : emptyResponse(404);
}
