import { describe, expect, it } from 'vitest';
import { faultsAfter, faultsOf, inspect, readTemplates } from '../../support/infra/inspect.js';

const sources = readTemplates();

/** A mistake: in which file, what is replaced by what, and words of the fault that must be found. */
const planted: readonly (readonly [string, string, string | RegExp, string, RegExp])[] = [
  [
    'a wrong property',
    'modules/host-storage',
    'allowSharedKeyAccess: false',
    'allowSharedKey: false',
    /allowSharedKey is not a property/,
  ],
  [
    'a property at the wrong level',
    'modules/app',
    'serverFarmId: plan.id',
    'planId: plan.id',
    /planId is not a property/,
  ],
  [
    'a read-only property',
    'modules/app',
    'httpsOnly: true',
    "httpsOnly: true\n    state: 'Running'",
    /state is read-only/,
  ],
  ['a missing required property', 'modules/monitoring', "kind: 'web'\n", '', /kind is missing/],
  ['a wrong literal of an enumeration', 'modules/host-storage', "'TLS1_2'", "'TLS12'", /minimumTlsVersion/],
  ['a wrong type of a value', 'modules/app', 'reserved: true', "reserved: 'yes'", /reserved is "yes"/],
  ['an unknown API version', 'modules/identity', '@2024-11-30', '@2024-12-30', /type .* is not known/],
  [
    'an unknown resource type',
    'modules/network',
    'Microsoft.Network/virtualNetworks@',
    'Microsoft.Network/virtualNetwork@',
    /is not known/,
  ],
  [
    'no role at a source',
    'main',
    /module sourceRoles[\s\S]*?\n\]\n/,
    '',
    /not granted: Storage Blob Data Reader/,
  ],
  [
    'no role at the queues',
    'modules/host-roles',
    / *'974c5e8b[^\n]*\n/,
    '',
    /not granted: Storage Queue Data Contributor/,
  ],
  [
    'a GUID of another role',
    'main',
    '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
    'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    /is not the role Storage Blob Data Reader/,
  ],
  [
    'a GUID that is no role',
    'modules/host-roles',
    '0a9a7e1f-b9d0',
    '0a9a7e1f-b9d1',
    /is not the role Storage Table Data/,
  ],
  [
    'a role that grants too much',
    'main',
    'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    'b24988ac-6180-42a0-ab88-20f7382dd24c',
    /grants too much/,
  ],
  [
    'no principalType',
    'modules/account-role',
    "principalType: 'ServicePrincipal'",
    '',
    /principalType must be/,
  ],
  [
    'a principalType of a person',
    'modules/host-roles',
    "'ServicePrincipal'",
    "'User'",
    /principalType must be/,
  ],
  [
    'an assignment name without the container',
    'modules/account-role',
    'guid(account.id, name, principalId, roleId)',
    'guid(account.id, roleId)',
    /two assignments have the name/,
  ],
  [
    'a role on the account instead of the container',
    'modules/account-role',
    'scope: container[index]',
    'scope: account',
    /granted for no reason/,
  ],
  [
    'a custom role that deletes',
    'modules/custom-roles',
    "'${containers}/blobs/add/action'",
    "'${containers}/blobs/delete'",
    /Destination Writer permits/,
  ],
  [
    'a key of the host account',
    'modules/host-storage',
    'output id string = storage.id',
    'output id string = storage.listKeys().keys[0].value',
    /takes a key|not Bicep|no listKeys|only functions/,
  ],
  [
    'a connection string among the settings',
    'modules/app',
    "TRANSHIP_ENVIRONMENT: 'production'",
    "TRANSHIP_ENVIRONMENT: 'production'\n  AzureWebJobsStorage: 'AccountKey=abc'",
    /holds a key|connection string/,
  ],
  [
    'a setting that nobody reads',
    'modules/app',
    'TRANSHIP_STATE_CONTAINER:',
    'TRANSHIP_STATE:',
    /nobody reads the setting TRANSHIP_STATE/,
  ],
  [
    'a setting that is missing',
    'modules/app',
    /  AzureWebJobsStorage__tableServiceUri:[^\n]*\n/,
    '',
    /tableServiceUri is missing|never used/,
  ],
  [
    'accounts under another name',
    'main',
    'name: place.name\n      blobEndpoint',
    "name: 'x-${place.name}'\n      blobEndpoint",
    /would know the accounts/,
  ],
  [
    'destinations that are not in the table',
    'main',
    'concat(sources, destinations)',
    'concat(sources, [])',
    /would know the accounts/,
  ],
  [
    'a system-assigned identity with a client id',
    'modules/app',
    'userSettings = isUser\n',
    'userSettings = isUser || true\n',
    /client id does not follow|credential does not follow/,
  ],
  [
    'telemetry by key',
    'modules/app',
    "'ClientId=${userAssignedClientId};Authorization=AAD'",
    "''",
    /telemetry is not sent with the identity/,
  ],
  [
    'local authentication of telemetry',
    'main',
    'param appInsightsDisableLocalAuth bool = true',
    'param appInsightsDisableLocalAuth bool = false',
    /DisableLocalAuth/,
  ],
  ['public blobs', 'modules/host-storage', "publicAccess: 'None'", "publicAccess: 'Blob'", /publicAccess/],
  ['plain HTTP', 'modules/app', 'httpsOnly: true', 'httpsOnly: false', /httpsOnly/],
  [
    'an open firewall beside private endpoints',
    'modules/host-storage',
    "privateOnly ? 'Deny' : 'Allow'",
    "'Allow'",
    /networkAcls\.defaultAction/,
  ],
  [
    'a private endpoint that is missing',
    'main',
    /module queueEndpoint[\s\S]*?\n}\n/,
    '',
    /queueEndpoint|private endpoints are/,
  ],
  [
    'a subnet that is not delegated',
    'modules/network',
    'Microsoft.App/environments',
    'Microsoft.Web/serverFarms',
    /not delegated/,
  ],
  [
    'a setting of other plans',
    'modules/app',
    "TRANSHIP_ENVIRONMENT: 'production'",
    "TRANSHIP_ENVIRONMENT: 'production'\n  FUNCTIONS_WORKER_RUNTIME: 'node'",
    /not for Flex Consumption/,
  ],
  [
    'a runtime that is gone',
    'main',
    "param nodeVersion string = '24'",
    "param nodeVersion string = '20'",
    /nodeVersion may not be "20"|functionAppConfig\.runtime/,
  ],
  [
    'a parameter that the module lacks',
    'main',
    'retentionInDays: logRetentionInDays',
    'retention: logRetentionInDays',
    /retention is not a parameter/,
  ],
  ['a parameter that is not given', 'main', '    accounts: accounts\n', '', /parameter accounts is missing/],
  [
    'an output that does not exist',
    'main',
    'storage.outputs.queueEndpoint',
    'storage.outputs.queueUri',
    /there is no queueUri/,
  ],
  [
    'a module that does not exist',
    'main',
    "'modules/alerts.bicep'",
    "'modules/alarms.bicep'",
    /alarms\.bicep does not exist/,
  ],
  [
    'an identity that is not there',
    'main',
    "isUser ? identity!.outputs.id : ''",
    'identity!.outputs.id',
    /identity does not exist under/,
  ],
  [
    'a parameter without description',
    'main',
    "@description('Region of the app. It should be the region of the destinations.')\n",
    '',
    /location has no description/,
  ],
  [
    'a query for an event that nobody writes',
    'modules/alerts',
    'preflight-failed',
    'preflight-broken',
    /no code writes preflight-broken/,
  ],
  [
    'text that is not Bicep',
    'modules/identity',
    'location: location\n',
    'location = location\n',
    /is not Bicep/,
  ],
  [
    'a module from a registry',
    'main',
    "'modules/identity.bicep'",
    "'br/public:avm/identity:1.0.0'",
    /needs a registry/,
  ],
];

describe('planted mistakes', () => {
  it('are none in the templates as they are', () => {
    expect(faultsOf(inspect(sources))).toEqual([]);
    expect(planted.length).toBeGreaterThanOrEqual(30);
  });

  it.each(planted)('%s is caught', (_title, file, from, to, expected) => {
    expect(faultsAfter(sources, `infra/${file}.bicep`, from, to)).toMatch(expected);
  });
});
