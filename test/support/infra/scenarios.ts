import { Deployment, type DeployedResource, type Sources } from '../bicep/deployment.js';
import { BicepFault } from '../bicep/syntax.js';
import { isList, isObject, placeOf, shown, type Value, type ValueObject } from '../bicep/values.js';

/** Subscriptions and accounts of the trials: two sides, two subscriptions, containers and whole accounts. */
export const home = '11111111-1111-1111-1111-111111111111';
export const away = '22222222-2222-2222-2222-222222222222';

const accounts = {
  sources: [
    { name: 'stfirst', resourceGroup: 'rg-data', containers: ['invoices', 'letters'] },
    { name: 'stboth', resourceGroup: 'rg-data' },
    {
      name: 'staway',
      resourceGroup: 'rg-far',
      subscriptionId: away,
      privateEndpoint: true,
      sourceAuth: 'userDelegationSas',
    },
  ],
  destinations: [
    { name: 'stboth', resourceGroup: 'rg-data' },
    {
      name: 'stzone',
      resourceGroup: 'rg-backup',
      containers: ['vault'],
      blobEndpoint: 'https://stzone.z07.blob.storage.azure.net',
      allowDelete: true,
    },
  ],
};
/** Sources whose events the app takes: by container, with a topic that is there already, in another subscription. */
const events = {
  sources: [
    { name: 'stfirst', resourceGroup: 'rg-data', containers: ['invoices', 'letters'], events: true },
    { name: 'stboth', resourceGroup: 'rg-data', events: true, systemTopic: 'evgt-of-others' },
    { name: 'staway', resourceGroup: 'rg-far', subscriptionId: away, events: true },
    { name: 'stquiet', resourceGroup: 'rg-data' },
  ],
  destinations: [{ name: 'stzone', resourceGroup: 'rg-backup' }],
};
/** Azure Files on either side, beside blobs and instead of them. */
const files = {
  sources: [
    {
      name: 'stfiles',
      resourceGroup: 'rg-data',
      blobs: false,
      files: true,
      blobEndpoint: 'https://stfiles.z07.blob.storage.azure.net',
      fileEndpoint: 'https://stfiles.z07.file.storage.azure.net',
      snapshots: true,
      privateEndpoint: true,
    },
    { name: 'stmixed', resourceGroup: 'rg-data', containers: ['vault'], files: true },
    { name: 'sttoken', resourceGroup: 'rg-data', containers: ['vault'], files: true, sourceAuth: 'bearer' },
    { name: 'stnofiles', resourceGroup: 'rg-data', snapshots: true },
  ],
  destinations: [
    { name: 'stmixed', resourceGroup: 'rg-data', privateEndpoint: true },
    {
      name: 'stshares',
      resourceGroup: 'rg-backup',
      blobs: false,
      files: true,
      fileEndpoint: 'https://stshares.z07.file.storage.azure.net',
      privateEndpoint: true,
      allowDelete: true,
    },
    { name: 'stkept', resourceGroup: 'rg-far', subscriptionId: away, files: true },
  ],
};
const oncall = `/subscriptions/${home}/resourceGroups/rg/providers/microsoft.insights/actionGroups/oncall`;
const base = { environmentName: 'trial', location: 'westeurope' };

/** Parameters of each trial; each option is on in one and off in another. */
export const scenarios = {
  'nothing but the defaults': base,
  'a user-assigned identity': { ...base, ...accounts, identityType: 'UserAssigned' },
  'a system-assigned identity': { ...base, ...accounts, identityType: 'SystemAssigned' },
  'custom roles': { ...base, ...accounts, useCustomRoles: true },
  'custom roles of a system-assigned identity': {
    ...base,
    ...accounts,
    useCustomRoles: true,
    identityType: 'SystemAssigned',
  },
  'a private network': { ...base, ...accounts, vnetEnabled: true },
  'a private network and API': {
    ...base,
    ...accounts,
    identityType: 'SystemAssigned',
    vnetEnabled: true,
    privateApi: true,
  },
  'warm instances, Node 22 and few callers': {
    ...base,
    nodeVersion: '22',
    instanceMemoryMB: 4096,
    maximumInstanceCount: 40,
    httpAlwaysReady: 1,
    durableAlwaysReady: 2,
    hostStorageSku: 'Standard_LRS',
    allowedIpRanges: ['203.0.113.0/24', '198.51.100.7/32'],
    extraSettings: { TRANSHIP_SLICE_MS: '30000', TRANSHIP_ACCOUNTS: 'of somebody else' },
  },
  'alerts for people, keys for telemetry': {
    ...base,
    actionGroupIds: [oncall],
    appInsightsDisableLocalAuth: false,
    logRetentionInDays: 90,
    logDailyQuotaGb: -1,
  },
  'Azure Files': { ...base, ...files },
  'Azure Files with custom roles in a private network': {
    ...base,
    ...files,
    identityType: 'SystemAssigned',
    useCustomRoles: true,
    vnetEnabled: true,
    vnetAddressPrefix: '172.16.4.0/22',
  },
  'events by queue': { ...base, ...events },
  'events of a private network, told of finished jobs': {
    ...base,
    ...events,
    identityType: 'SystemAssigned',
    actionGroupIds: [oncall],
    vnetEnabled: true,
    completionTopicEnabled: true,
    completionWebhook: 'https://hooks.example.com/tranship',
  },
  'events by a call of the function': {
    ...base,
    ...events,
    eventDelivery: 'Function',
    eventQueueName: 'other-events',
    completionTopicEnabled: true,
  },
  'no alerts': { ...base, ...events, alertsEnabled: false },
} satisfies Record<string, ValueObject>;

export type ScenarioName = keyof typeof scenarios;

/** Outcome of a trial. */
export interface Trial {
  readonly name: string;
  readonly parameters: ValueObject;
  readonly resources: readonly DeployedResource[];
  readonly outputs: ValueObject;
}

const mainFile = 'infra/main.bicep';
const eventsFile = 'infra/events.bicep';

function deploy(sources: Sources, file: string, parameters: ValueObject) {
  const given = new Map<string, Value>(Object.entries(parameters));
  const deployment = new Deployment(sources, file, given, placeOf(`/subscriptions/${home}`));
  const outputs = deployment.run();
  return { resources: deployment.resources, outputs };
}

/** What the hook after deployment gives to events.bicep: see infra/hooks. */
export const eventParameters: Readonly<Record<string, string>> = {
  topics: 'TRANSHIP_EVENT_TOPICS',
  subscriptionName: 'TRANSHIP_EVENT_SUBSCRIPTION',
  functionId: 'TRANSHIP_EVENT_FUNCTION_ID',
  hostAccountId: 'TRANSHIP_HOST_ACCOUNT_ID',
};

function secondStep(sources: Sources, outputs: ValueObject): readonly DeployedResource[] {
  if (outputs['TRANSHIP_EVENT_DELIVERY'] !== 'Function') return [];
  const parameters = Object.entries(eventParameters).map(([name, output]) => {
    const value = outputs[output] ?? null;
    return [name, name === 'topics' ? (JSON.parse(shown(value)) as Value) : value] as const;
  });
  return deploy(sources, eventsFile, Object.fromEntries(parameters)).resources;
}

/** Evaluates the deployment once for each scenario; what cannot be evaluated is a fault. */
export function runTrials(sources: Sources): {
  readonly trials: readonly Trial[];
  readonly faults: string[];
} {
  const trials: Trial[] = [];
  const faults: string[] = [];
  for (const [name, parameters] of Object.entries<ValueObject>(scenarios)) {
    try {
      const { resources, outputs } = deploy(sources, mainFile, parameters);
      trials.push({
        name,
        parameters,
        resources: [...resources, ...secondStep(sources, outputs)],
        outputs,
      });
    } catch (error) {
      if (!(error instanceof BicepFault)) throw error;
      faults.push(`${name}: ${error.message}`);
    }
  }
  return { trials, faults };
}

export function ofType(trial: Trial, type: string): readonly DeployedResource[] {
  return trial.resources.filter((resource) => resource.type === type);
}

export function propertiesOf(resource: DeployedResource | undefined): ValueObject {
  const properties = resource?.body['properties'];
  return isObject(properties) ? properties : {};
}

/** Settings that the deployment would write into the app. */
export function settingsOf(trial: Trial): Readonly<Record<string, string>> {
  const config = ofType(trial, 'Microsoft.Web/sites/config').find(({ name }) => name === 'appsettings');
  return propertiesOf(config) as Readonly<Record<string, string>>;
}

/** The sources of a trial whose events the app takes. */
export function eventSourcesOf({ parameters }: Trial): readonly ValueObject[] {
  const { sources } = parameters;
  return isList(sources) ? sources.filter(isObject).filter((source) => source['events'] === true) : [];
}
