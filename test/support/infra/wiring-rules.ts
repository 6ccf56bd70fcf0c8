import type { DeployedResource } from '../bicep/deployment.js';
import { isList, isObject, shown, type Value, type ValueObject } from '../bicep/values.js';
import { differences } from './differences.js';
import { ofType, propertiesOf, type Trial } from './scenarios.js';

const idOf = (trial: Trial, type: string): string | null => ofType(trial, type)[0]?.id ?? null;

/** Everything that has tags carries the one by which `azd down` finds it, and lies somewhere. */
function placing(trial: Trial): string[] {
  const global = [
    'Microsoft.Insights/metricAlerts',
    'Microsoft.Network/privateDnsZones',
    'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
  ];
  const placed = trial.resources.filter(
    ({ type, body }) =>
      body['location'] !== undefined ||
      body['tags'] !== undefined ||
      /\/(?:virtualNetworks|topics|systemTopics)$/.test(type),
  );
  return placed.flatMap((one) => {
    const expected: Record<string, Value> = { 'tags.azd-env-name': 'trial' };
    if (global.includes(one.type)) expected['location'] = 'global';
    else if (one.type !== 'Microsoft.EventGrid/systemTopics') expected['location'] = 'westeurope';
    return differences(`${one.file} ${one.symbol}`, one.body, expected);
  });
}

function app(trial: Trial): string[] {
  const [site] = ofType(trial, 'Microsoft.Web/sites');
  const [plan] = ofType(trial, 'Microsoft.Web/serverfarms');
  const identity = idOf(trial, 'Microsoft.ManagedIdentity/userAssignedIdentities');
  const ranges = trial.parameters['allowedIpRanges'];
  return [
    ...differences('plan', plan?.body ?? {}, { kind: 'functionapp', 'properties.reserved': true }),
    ...differences('app', site?.body ?? {}, {
      kind: 'functionapp,linux',
      ...(identity === null ? {} : { 'identity.userAssignedIdentities': { [identity]: {} } }),
    }),
    ...differences('app', propertiesOf(site), {
      serverFarmId: plan?.id ?? null,
      'functionAppConfig.deployment.storage.type': 'blobContainer',
      'functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId': identity,
      'siteConfig.ipSecurityRestrictions': (isList(ranges) ? ranges : []).map((ipAddress, index) => ({
        name: `allowed-${String(index)}`,
        action: 'Allow',
        priority: 100 + index,
        ipAddress,
      })),
    }),
  ];
}

function telemetry(trial: Trial): string[] {
  const insights = idOf(trial, 'Microsoft.Insights/components');
  const [workspace] = ofType(trial, 'Microsoft.OperationalInsights/workspaces');
  return [
    ...differences('insights', propertiesOf(ofType(trial, 'Microsoft.Insights/components')[0]), {
      WorkspaceResourceId: workspace?.id ?? null,
    }),
    ...differences('workspace', propertiesOf(workspace), { 'sku.name': 'PerGB2018' }),
    ...differences('workbook', ofType(trial, 'Microsoft.Insights/workbooks')[0]?.body ?? {}, {
      kind: 'shared',
      'properties.sourceId': insights,
    }),
    ...ofType(trial, 'Microsoft.Insights/scheduledQueryRules').flatMap((rule) => [
      ...differences(rule.name, rule.body, { kind: 'LogAlert', 'properties.scopes': [insights] }),
      shown(propertiesOf(rule)['displayName']) === '' ? `${rule.name} has no title` : '',
    ]),
  ];
}

function network(trial: Trial): string[] {
  const [vnet] = ofType(trial, 'Microsoft.Network/virtualNetworks');
  const zones = ofType(trial, 'Microsoft.Network/privateDnsZones');
  const links = ofType(trial, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks');
  const { subnets } = propertiesOf(vnet);
  const listed = isList(subnets) ? subnets.filter(isObject) : [];
  const prefixes = listed.map(({ properties }) => shown((properties as ValueObject)['addressPrefix']));
  const unlinked = zones.filter(({ id }) => !links.some((link) => link.id.startsWith(`${id}/`)));
  return [
    vnet === undefined || listed.map(({ name }) => shown(name)).join() === 'app,endpoints'
      ? ''
      : 'the subnets are not those that the app and its endpoints are put in',
    new Set(prefixes).size === listed.length && !prefixes.includes('')
      ? ''
      : 'two subnets have one address range',
    ...(vnet === undefined
      ? []
      : differences('network', propertiesOf(vnet), {
          'addressSpace.addressPrefixes': [trial.parameters['vnetAddressPrefix'] ?? '10.61.0.0/24'],
        })),
    ...unlinked.map(({ name }) => `no network knows the zone ${name}`),
    ...ofType(trial, 'Microsoft.Network/privateEndpoints').flatMap((one) => endpointFaults(trial, one)),
  ];
}

function endpointFaults(trial: Trial, endpoint: DeployedResource): string[] {
  const { subnet, privateLinkServiceConnections: connections } = propertiesOf(endpoint);
  const [connection] = isList(connections) ? connections.filter(isObject) : [];
  const zones = ofType(trial, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups');
  const group = zones.find(({ id }) => id.startsWith(`${endpoint.id}/`));
  const [config] = (propertiesOf(group)['privateDnsZoneConfigs'] ?? []) as readonly ValueObject[];
  const target = shown((connection?.['properties'] as ValueObject | undefined)?.['privateLinkServiceId']);
  return [
    isObject(subnet) && shown(subnet['id']).endsWith('/subnets/endpoints')
      ? ''
      : `${endpoint.name} is in the subnet of the app`,
    target === '' ? `${endpoint.name} leads nowhere` : '',
    ...differences(endpoint.name, connection ?? {}, {
      name: endpoint.name,
      'properties.groupIds': [config?.['name'] ?? null],
    }),
  ];
}

function outputs(trial: Trial): string[] {
  const [app] = ofType(trial, 'Microsoft.Web/sites');
  const [identity] = ofType(trial, 'Microsoft.ManagedIdentity/userAssignedIdentities');
  const [topic] = ofType(trial, 'Microsoft.EventGrid/topics');
  const endpoint =
    topic === undefined ? '' : `https://${topic.name}.westeurope-1.eventgrid.azure.net/api/events`;
  return differences('outputs', trial.outputs, {
    AZURE_RESOURCE_GROUP: 'rg-tranship-trial',
    TRANSHIP_APP_NAME: app?.name ?? null,
    TRANSHIP_URL: `https://${app?.name ?? ''}.azurewebsites.net`,
    TRANSHIP_PRINCIPAL_ID: `principal of ${(identity ?? app)?.name ?? ''}`,
    TRANSHIP_COMPLETION_TOPIC: endpoint,
  });
}

/** Where resources are not joined to one another as they must be. */
export function wiringFaults(trial: Trial): string[] {
  return [placing, app, telemetry, network, outputs]
    .flatMap((rule) => rule(trial))
    .filter((fault) => fault !== '')
    .map((fault) => `${trial.name}: ${fault}`);
}
