import type {
  DurableEngine,
  DurableSettings,
  FunctionInvoker,
  ManagementRequest,
} from '../../src/localhost/durable/engine-api.js';

/** An engine that runs nothing: it notes what the host asks of it and hands out the host's invoker. */
export interface FakeEngine extends DurableEngine {
  readonly invoker: FunctionInvoker;
  readonly settings: DurableSettings;
  readonly requests: readonly ManagementRequest[];
  readonly calls: readonly string[];
}

export function createFakeEngine(invoker: FunctionInvoker, settings: DurableSettings): FakeEngine {
  const requests: ManagementRequest[] = [];
  const calls: string[] = [];
  return {
    invoker,
    settings,
    requests,
    calls,
    start: () => {
      calls.push('start');
      return Promise.resolve();
    },
    stop: (graceMs) => {
      calls.push(`stop ${String(graceMs)}`);
      return Promise.resolve();
    },
    handle: (request) => {
      requests.push(request);
      const body = JSON.stringify({ id: 'instance-1' });
      return Promise.resolve({ status: 202, headers: { 'content-type': 'application/json' }, body });
    },
    clientBinding: (origin) => clientBinding(origin, settings.hubName),
  };
}

function clientBinding(origin: string, taskHubName: string): string {
  const baseUrl = `${origin}/runtime/webhooks/durabletask`;
  const instance = `${baseUrl}/instances/INSTANCEID`;
  return JSON.stringify({
    taskHubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${baseUrl}/orchestrators/{functionName}[/{instanceId}]?code=k`,
      createAndWaitOnNewInstancePostUri: `${baseUrl}/orchestrators/{functionName}[/{instanceId}]?code=k`,
    },
    managementUrls: {
      id: 'INSTANCEID',
      statusQueryGetUri: `${instance}?code=k`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?code=k`,
      terminatePostUri: `${instance}/terminate?reason={text}&code=k`,
      rewindPostUri: `${instance}/rewind?reason={text}&code=k`,
      purgeHistoryDeleteUri: `${instance}?code=k`,
      restartPostUri: `${instance}/restart?code=k`,
      suspendPostUri: `${instance}/suspend?reason={text}&code=k`,
      resumePostUri: `${instance}/resume?reason={text}&code=k`,
    },
    baseUrl,
    requiredQueryStringParameters: 'code=k',
    rpcBaseUrl: `${origin}/durabletask/`,
    httpBaseUrl: null,
  });
}
