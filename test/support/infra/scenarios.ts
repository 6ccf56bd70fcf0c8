import { Deployment, type DeployedResource, type Sources } from '../bicep/deployment.js';
import { BicepFault } from '../bicep/syntax.js';
import { isObject, placeOf, type Value, type ValueObject } from '../bicep/values.js';

/** Subscriptions and accounts of the trials: two sides, two subscriptions, containers and whole accounts. */
export const home = '11111111-1111-1111-1111-111111111111';
export const away = '22222222-2222-2222-2222-222222222222';

const accounts = {
  sources: [
    { name: 'stfirst', resourceGroup: 'rg-data', containers: ['invoices', 'letters'] },
    { name: 'stboth', resourceGroup: 'rg-data' },
    { name: 'staway', resourceGroup: 'rg-far', subscriptionId: away, privateEndpoint: true },
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
    actionGroupIds: [
      `/subscriptions/${home}/resourceGroups/rg/providers/microsoft.insights/actionGroups/oncall`,
    ],
    appInsightsDisableLocalAuth: false,
    logRetentionInDays: 90,
    logDailyQuotaGb: -1,
  },
  'no alerts': { ...base, alertsEnabled: false },
} satisfies Record<string, ValueObject>;

export type ScenarioName = keyof typeof scenarios;

/** Outcome of a trial. */
export interface Trial {
  readonly name: string;
  readonly parameters: ValueObject;
  readonly resources: readonly DeployedResource[];
  readonly outputs: ValueObject;
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
      const given = new Map<string, Value>(Object.entries(parameters));
      const deployment = new Deployment(
        sources,
        'infra/main.bicep',
        given,
        placeOf(`/subscriptions/${home}`),
      );
      const outputs = deployment.run();
      trials.push({ name, parameters, resources: deployment.resources, outputs });
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
