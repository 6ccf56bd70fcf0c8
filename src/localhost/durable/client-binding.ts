/** Where users reach the management API, below the origin. */
const webhookBasePath = '/runtime/webhooks/durabletask';

/** Where the SDK's client reaches it. */
const rpcBasePath = '/durabletask/';

/** Check-status links of an instance; `instanceId` may be a placeholder. Hold no key: the host listens on loopback only. */
export function managementUrls(origin: string, hubName: string, instanceId: string): Record<string, string> {
  const base = `${origin}${webhookBasePath}/instances/${instanceId}`;
  const query = `taskHub=${encodeURIComponent(hubName)}&connection=Storage`;
  return {
    id: instanceId,
    statusQueryGetUri: `${base}?${query}`,
    sendEventPostUri: `${base}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${base}/terminate?reason={text}&${query}`,
    rewindPostUri: `${base}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${base}?${query}`,
    restartPostUri: `${base}/restart?${query}`,
    suspendPostUri: `${base}/suspend?reason={text}&${query}`,
    resumePostUri: `${base}/resume?reason={text}&${query}`,
  };
}

/** The payload of a durableClient input binding. With `rpcBaseUrl` present the SDK uses it for every call. */
export function clientBinding(origin: string, hubName: string): string {
  const start = `${origin}${webhookBasePath}/orchestrators/{functionName}[/{instanceId}]?code=`;
  return JSON.stringify({
    taskHubName: hubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: start,
      createAndWaitOnNewInstancePostUri: `${start}&timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}`,
    },
    managementUrls: managementUrls(origin, hubName, 'INSTANCEID'),
    baseUrl: `${origin}${webhookBasePath}`,
    requiredQueryStringParameters: 'code=',
    rpcBaseUrl: `${origin}${rpcBasePath}`,
    httpBaseUrl: null,
  });
}
