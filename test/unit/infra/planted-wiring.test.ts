import { describe } from 'vitest';
import { readTemplates } from '../../support/infra/inspect.js';
import { itCatches, type Planted } from '../../support/infra/planted.js';

const sources = readTemplates();

const planted: readonly Planted[] = [
  [
    'an app that starts before it has its roles',
    'main',
    'dependsOn: [hostRolesBefore, ',
    'dependsOn: [',
    /app does not wait for hostRolesBefore/,
  ],
  [
    'a subscription before the right to deliver',
    'main',
    'dependsOn: [eventRoles]',
    'dependsOn: [eventPlaces]',
    /eventSubscriptions does not wait for eventRoles/,
  ],
  [
    'an app without its identity',
    'modules/app',
    "userAssignedIdentities: { '${userAssignedIdentityId}': {} }",
    'userAssignedIdentities: {}',
    /identity\.userAssignedIdentities is \{\}/,
  ],
  [
    'a package that is fetched with no identity',
    'modules/app',
    'userAssignedIdentityResourceId: isUser ? userAssignedIdentityId : null',
    'userAssignedIdentityResourceId: null',
    /userAssignedIdentityResourceId is (?:undefined|null)/,
  ],
  [
    'a plan for Windows',
    'modules/app',
    'properties: { reserved: true }',
    '',
    /properties\.reserved is undefined/,
  ],
  [
    'a firewall rule for everybody',
    'modules/app',
    'ipAddress: allowedIpRanges[index]',
    "ipAddress: '0.0.0.0/0'",
    /siteConfig\.ipSecurityRestrictions/,
  ],
  [
    'telemetry without a workspace',
    'modules/monitoring',
    'WorkspaceResourceId: workspace.id',
    '',
    /WorkspaceResourceId is undefined/,
  ],
  [
    'a private endpoint to another service than its zone names',
    'modules/private-endpoint',
    'groupIds: [groupId]',
    "groupIds: ['blob']",
    /properties\.groupIds is \["blob"\]/,
  ],
  [
    'a zone that no network knows',
    'modules/network',
    'parent: zones[index]',
    'parent: zones[0]',
    /no network knows the zone/,
  ],
  [
    'two subnets at one address',
    'modules/network',
    'cidrSubnet(addressPrefix, 26, 1)',
    'cidrSubnet(addressPrefix, 26, 0)',
    /two subnets have one address range/,
  ],
  [
    'a resource that azd does not find',
    'modules/event-topic',
    '  tags: tags\n',
    '',
    /tags\.azd-env-name is undefined|tags is never used/,
  ],
  [
    'an output that tells of another identity',
    'main',
    'output TRANSHIP_PRINCIPAL_ID string = isUser ? identity!.outputs.principalId : app.outputs.principalId',
    'output TRANSHIP_PRINCIPAL_ID string = isUser ? identity!.outputs.clientId : app.outputs.principalId',
    /TRANSHIP_PRINCIPAL_ID is "client of/,
  ],
  [
    'a field that nobody explains',
    'types',
    "  @description('Whether jobs use Azure Files of the account, all its shares.')\n",
    '',
    /files: bool\? has no description/,
  ],
  ['a type that other files cannot import', 'types', '@export()\n', '', /type source = \{ is not exported/],
  [
    'a limit that the module does not have',
    'modules/app',
    "@allowed(['22', '24'])\n",
    '',
    /nodeVersion has other limits/,
  ],
];

describe('planted mistakes about how resources are joined', () => {
  itCatches(sources, planted);
});
