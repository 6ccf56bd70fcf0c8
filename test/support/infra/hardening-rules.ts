import type { DeployedResource } from '../bicep/deployment.js';
import { isList, isObject, shown, type Value, type ValueObject } from '../bicep/values.js';
import { eventFaults } from './event-rules.js';
import { differences, at } from './differences.js';
import { eventSourcesOf, ofType, propertiesOf, settingsOf, type Trial } from './scenarios.js';

function hostAccount(trial: Trial): string[] {
  const closed = trial.parameters['vnetEnabled'] === true;
  return ofType(trial, 'Microsoft.Storage/storageAccounts').flatMap((account) =>
    differences(account.symbol, propertiesOf(account), {
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      defaultToOAuthAuthentication: true,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
      // Event Grid has no way in but this one, and passes the firewall as a trusted service.
      publicNetworkAccess: closed && eventSourcesOf(trial).length === 0 ? 'Disabled' : 'Enabled',
      'networkAcls.bypass': 'AzureServices',
      'networkAcls.defaultAction': closed ? 'Deny' : 'Allow',
    }),
  );
}

function containers(trial: Trial): string[] {
  const found = ofType(trial, 'Microsoft.Storage/storageAccounts/blobServices/containers');
  return [
    ...found.flatMap((one) => differences(one.symbol, propertiesOf(one), { publicAccess: 'None' })),
    found.map(({ name }) => name).join() === 'package,tranship,tranship-dead-letters'
      ? ''
      : 'the containers of the host account differ',
  ];
}

function retention(trial: Trial): string[] {
  return ofType(trial, 'Microsoft.Storage/storageAccounts/blobServices').flatMap((blob) =>
    differences(blob.symbol, propertiesOf(blob), {
      'deleteRetentionPolicy.enabled': true,
      'containerDeleteRetentionPolicy.enabled': true,
    }),
  );
}

function app(trial: Trial): string[] {
  const { parameters } = trial;
  const [site] = ofType(trial, 'Microsoft.Web/sites');
  const [plan] = ofType(trial, 'Microsoft.Web/serverfarms');
  const system = parameters['identityType'] === 'SystemAssigned';
  const properties = propertiesOf(site);
  const value = shown(at(properties, 'functionAppConfig.deployment.storage.value'));
  return [
    ...differences('app', properties, {
      httpsOnly: true,
      'siteConfig.minTlsVersion': '1.2',
      'siteConfig.ftpsState': 'Disabled',
      'siteConfig.ipSecurityRestrictionsDefaultAction': isList(parameters['allowedIpRanges'])
        ? 'Deny'
        : 'Allow',
      publicNetworkAccess: parameters['privateApi'] === true ? 'Disabled' : 'Enabled',
      'functionAppConfig.deployment.storage.authentication.type': system
        ? 'SystemAssignedIdentity'
        : 'UserAssignedIdentity',
    }),
    ...differences('plan', plan?.body ?? {}, { 'sku.name': 'FC1', 'sku.tier': 'FlexConsumption' }),
    ...differences('app', site?.body ?? {}, {
      'identity.type': system ? 'SystemAssigned' : 'UserAssigned',
      'tags.azd-service-name': 'api',
    }),
    /^https:\/\/sttranship\w+\.blob\.core\.windows\.net\/package$/.test(value)
      ? ''
      : `app: package at ${value}`,
  ];
}

function scale(trial: Trial): string[] {
  const { parameters } = trial;
  const properties = propertiesOf(ofType(trial, 'Microsoft.Web/sites')[0]);
  const subnet = at(properties, 'virtualNetworkSubnetId');
  return [
    ...differences('app', properties, {
      'functionAppConfig.runtime': { name: 'node', version: parameters['nodeVersion'] ?? '24' },
      'functionAppConfig.scaleAndConcurrency': {
        instanceMemoryMB: parameters['instanceMemoryMB'] ?? 2048,
        maximumInstanceCount: parameters['maximumInstanceCount'] ?? 100,
        alwaysReady: alwaysReady(parameters),
      },
    }),
    (parameters['vnetEnabled'] === true) === shown(subnet).endsWith('/subnets/app')
      ? ''
      : 'app: the subnet does not follow vnetEnabled',
  ];
}

function alwaysReady(parameters: ValueObject): Value {
  const counts = { http: parameters['httpAlwaysReady'], durable: parameters['durableAlwaysReady'] };
  return Object.entries(counts).flatMap(([name, instanceCount]) =>
    instanceCount === undefined ? [] : [{ name, instanceCount }],
  );
}

/** Private endpoints to the blobs and files of accounts, each once. */
function reachedAccounts({ sources, destinations }: ValueObject): readonly string[] {
  const entries = [sources, destinations].flatMap((list) => (isList(list) ? list.filter(isObject) : []));
  const names = entries
    .filter(({ privateEndpoint }) => privateEndpoint === true)
    .flatMap(({ name, blobs, files }) => [
      ...(blobs === false ? [] : [`to-${shown(name)}`]),
      ...(files === true ? [`to-files-${shown(name)}`] : []),
    ]);
  return [...new Set(names)];
}

function network(trial: Trial): string[] {
  const endpoints = ofType(trial, 'Microsoft.Network/privateEndpoints');
  const expected =
    trial.parameters['vnetEnabled'] !== true
      ? []
      : [
          'blob',
          'queue',
          'table',
          ...(trial.parameters['privateApi'] === true ? ['api'] : []),
          ...reachedAccounts(trial.parameters),
        ].sort();
  const names = endpoints.map(({ name }) => name.replace(/^pe-tranship-|-[0-9a-f]{13}$/g, '')).sort();
  const groups = ofType(trial, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups');
  const subnets = ofType(trial, 'Microsoft.Network/virtualNetworks').map((one) => JSON.stringify(one.body));
  return [
    ...groups.flatMap(zoneFaults),
    names.join() === expected.join() ? '' : `private endpoints are ${names.join(', ')}`,
    groups.length === expected.length ? '' : 'a private endpoint has no DNS zone group',
    subnets.every((text) => text.includes('"serviceName":"Microsoft.App/environments"'))
      ? ''
      : 'the subnet is not delegated to Microsoft.App/environments',
  ];
}

/** The name of a service leads to its private address only in the zone of that service. */
function zoneFaults(group: DeployedResource): string[] {
  const { privateDnsZoneConfigs } = propertiesOf(group);
  const configs = isList(privateDnsZoneConfigs) ? privateDnsZoneConfigs.filter(isObject) : [];
  return configs.flatMap(({ name, properties }) => {
    const zone = isObject(properties) ? shown(properties['privateDnsZoneId']) : '';
    const word = name === 'sites' ? 'azurewebsites' : shown(name);
    return zone.includes(`/privatelink.${word}.`)
      ? []
      : [`an endpoint of ${shown(name)} leads to the zone ${zone}`];
  });
}

function telemetry(trial: Trial): string[] {
  const [insights] = ofType(trial, 'Microsoft.Insights/components');
  const rules = ofType(trial, 'Microsoft.Insights/scheduledQueryRules').length;
  const groups = trial.parameters['actionGroupIds'] ?? [];
  return [
    ...differences('insights', propertiesOf(insights), {
      DisableLocalAuth: trial.parameters['appInsightsDisableLocalAuth'] ?? true,
      IngestionMode: 'LogAnalytics',
    }),
    rules === (trial.parameters['alertsEnabled'] === false ? 0 : 5) ? '' : `${String(rules)} alert rules`,
    ofType(trial, 'Microsoft.Insights/workbooks').length === 1 ? '' : 'there is no workbook',
    ...ofType(trial, 'Microsoft.Insights/scheduledQueryRules').flatMap((rule) =>
      differences(rule.name, propertiesOf(rule), { 'actions.actionGroups': groups }),
    ),
  ];
}

function identityOnly(trial: Trial): string[] {
  const settings = settingsOf(trial);
  const secret = /AccountKey=|SharedAccessKey|[?&]sig=/i;
  return Object.entries(settings)
    .filter(([name, value]) => name === 'AzureWebJobsStorage' || secret.test(value))
    .map(([name]) => `the setting ${name} holds a key`);
}

/** Where a trial is less closed than it must be, or an option does not do what it says. */
export function hardeningFaults(trial: Trial): string[] {
  return [hostAccount, containers, retention, app, scale, network, telemetry, identityOnly, eventFaults]
    .flatMap((rule) => rule(trial))
    .filter((fault) => fault !== '')
    .map((fault) => `${trial.name}: ${fault}`);
}
