import type { DeployedResource } from '../bicep/deployment.js';
import { isList, isObject, shown, type Value, type ValueObject } from '../bicep/values.js';
import { away, eventSourcesOf, home, ofType, propertiesOf, type Trial } from './scenarios.js';

/** Roles that may be granted, by the GUIDs that Azure gives them. Nothing here can read keys or grant roles. */
export const knownRoles: ReadonlyMap<string, string> = new Map([
  ['b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Storage Blob Data Owner'],
  ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'Storage Blob Data Contributor'],
  ['2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', 'Storage Blob Data Reader'],
  ['db58b8e5-c6ad-4a2a-8342-4190687cbf4a', 'Storage Blob Delegator'],
  ['974c5e8b-45b9-4653-ba55-5f855dd0fb88', 'Storage Queue Data Contributor'],
  ['0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'Storage Table Data Contributor'],
  ['b8eda974-7b85-4f76-af95-65846b26df6d', 'Storage File Data Privileged Reader'],
  ['765a04e0-5de8-4bb2-9bf6-b2a30bc03e91', 'Storage File Delegator'],
  ['69566ab7-960f-475b-8e7c-b3118f30c6bd', 'Storage File Data Privileged Contributor'],
  ['c6a89b2d-59bc-44d0-9896-0f6e12d7b80a', 'Storage Queue Data Message Sender'],
  ['d5a91429-5739-47e2-a06b-3470a27159e7', 'EventGrid Data Sender'],
  ['3913510d-42f4-4e42-8a64-420c390055eb', 'Monitoring Metrics Publisher'],
]);

const customActions: Readonly<Record<string, readonly string[]>> = {
  'Tranship Source Reader': ['read', 'blobs/read', 'blobs/tags/read'],
  'Tranship Destination Writer': [
    'read',
    'write',
    'blobs/read',
    'blobs/write',
    'blobs/add/action',
    'blobs/tags/read',
    'blobs/tags/write',
  ],
  'Tranship Mirror Deleter': ['blobs/delete'],
  'Tranship Files Writer': [
    'files/read',
    'files/write',
    'files/modifypermissions/action',
    'readFileBackupSemantics/action',
    'writeFileBackupSemantics/action',
  ],
  'Tranship Files Deleter': ['files/delete'],
  'Tranship Share Snapshots': ['shares/read', 'shares/write', 'shares/delete'],
};
const actionPrefix =
  /^Microsoft\.Storage\/storageAccounts\/(?:blobServices\/containers|fileServices(?:\/fileshares)?)\//;

const last = (id: Value | undefined): string => shown(id).replace(/^.*\//, '');
const place = (id: string): string =>
  id
    .replace(/\/(?:blobServices\/default\/containers|queueServices\/default\/queues)\//, ' ')
    .replace(/^.*\//, '');

function customNames(trial: Trial): ReadonlyMap<string, string> {
  const definitions = ofType(trial, 'Microsoft.Authorization/roleDefinitions');
  return new Map(
    definitions.map((one) => [one.name, shown(propertiesOf(one)['roleName']).replace(/ [^ ]+$/, '')]),
  );
}

/** `role at place for principal`, one line for each assignment. */
export function grantsOf(trial: Trial): string[] {
  const custom = customNames(trial);
  return ofType(trial, 'Microsoft.Authorization/roleAssignments').map((assignment) => {
    const { roleDefinitionId, principalId } = propertiesOf(assignment);
    const scope = assignment.id.replace(/\/providers\/Microsoft\.Authorization\/.*/, '');
    const guid = last(roleDefinitionId);
    const role = knownRoles.get(guid) ?? custom.get(guid) ?? `unknown role ${guid}`;
    return `${role} at ${place(scope)} for ${shown(principalId)}`;
  });
}

/** What a trial must grant, no more and no less. */
function expectedGrants(trial: Trial): string[] {
  const { parameters, outputs } = trial;
  const name = (prefix: string, type: string): string =>
    ofType(trial, type).find((one) => one.name.startsWith(prefix))?.name ?? '';
  const host = name('sttranship', 'Microsoft.Storage/storageAccounts');
  const system = parameters['identityType'] === 'SystemAssigned';
  const principal = system
    ? `principal of ${shown(outputs['TRANSHIP_APP_NAME'])}`
    : `principal of ${name('id-', 'Microsoft.ManagedIdentity/userAssignedIdentities')}`;
  const custom = parameters['useCustomRoles'] === true;
  const hostGrants = ['Blob Data Owner', 'Queue Data Contributor', 'Table Data Contributor'].map(
    (role) => `Storage ${role} at ${host}`,
  );
  const metrics = `Monitoring Metrics Publisher at ${name('appi', 'Microsoft.Insights/components')}`;
  const reader = custom ? 'Tranship Source Reader' : 'Storage Blob Data Reader';
  const writer = custom ? 'Tranship Destination Writer' : 'Storage Blob Data Contributor';
  const filesWriter = custom ? 'Tranship Files Writer' : 'Storage File Data Privileged Contributor';
  const sides = [
    ...placesIn(parameters['sources'], () => [reader]),
    ...delegatorsIn(parameters['sources'], custom),
    ...placesIn(parameters['destinations'], (mayDelete) =>
      custom && mayDelete ? [writer, 'Tranship Mirror Deleter'] : [writer],
    ),
    ...filesIn(parameters['sources'], ({ snapshots }) => [
      'Storage File Data Privileged Reader',
      ...(snapshots === true ? ['Tranship Share Snapshots'] : []),
    ]),
    ...filesIn(parameters['destinations'], ({ allowDelete }) =>
      custom && allowDelete === true ? [filesWriter, 'Tranship Files Deleter'] : [filesWriter],
    ),
  ];
  const topics = ofType(trial, 'Microsoft.EventGrid/topics').map(
    (topic) => `EventGrid Data Sender at ${topic.name}`,
  );
  return [
    ...[...hostGrants, metrics, ...sides, ...topics].map((grant) => `${grant} for ${principal}`),
    ...eventGrants(trial, host),
  ];
}

/** What system topics may do at the host account, and nowhere else. */
function eventGrants(trial: Trial, host: string): string[] {
  const { parameters } = trial;
  const queue = shown(parameters['eventQueueName'] ?? 'tranship-events');
  return eventSourcesOf(trial).flatMap(({ name, systemTopic }) => {
    const made = ofType(trial, 'Microsoft.EventGrid/systemTopics').find((topic) =>
      topic.name.startsWith(`evgt-${shown(name)}-`),
    );
    const principal = `principal of ${systemTopic === undefined ? (made?.name ?? '') : shown(systemTopic)}`;
    return [
      `Storage Queue Data Message Sender at ${host} ${queue} for ${principal}`,
      `Storage Blob Data Contributor at ${host} tranship-dead-letters for ${principal}`,
    ];
  });
}

/** Where a user delegation key may be asked for by a role that is granted for just that. */
function delegatorsIn(list: Value | undefined, custom: boolean): string[] {
  const entries = isList(list) ? list.filter(isObject) : [];
  return entries
    .filter((entry) => entry['sourceAuth'] !== 'bearer')
    .flatMap(({ name, blobs, files, containers }) => [
      ...(blobs !== false && (custom || isList(containers))
        ? [`Storage Blob Delegator at ${shown(name)}`]
        : []),
      ...(files === true ? [`Storage File Delegator at ${shown(name)}`] : []),
    ]);
}

function filesIn(list: Value | undefined, rolesOf: (entry: ValueObject) => readonly string[]): string[] {
  if (!isList(list)) return [];
  return list
    .filter(isObject)
    .filter((entry) => entry['files'] === true)
    .flatMap((entry) => rolesOf(entry).map((role) => `${role} at ${shown(entry['name'])}`));
}

function placesIn(list: Value | undefined, rolesOf: (mayDelete: boolean) => readonly string[]): string[] {
  if (!isList(list)) return [];
  const used = list.filter(isObject).filter((entry) => entry['blobs'] !== false);
  return used.flatMap((entry) => {
    const containers = isList(entry['containers']) ? entry['containers'] : [];
    const places = containers.length === 0 ? [''] : containers.map((container) => ` ${shown(container)}`);
    return rolesOf(entry['allowDelete'] === true).flatMap((role) =>
      places.map((suffix) => `${role} at ${shown(entry['name'])}${suffix}`),
    );
  });
}

function assignmentFaults(assignment: DeployedResource): string[] {
  const { principalType, roleDefinitionId } = propertiesOf(assignment);
  const where = `${assignment.file}: ${assignment.symbol}`;
  const subscription = (id: Value | undefined): string => shown(id).split('/')[2] ?? '';
  return [
    principalType === 'ServicePrincipal' ? '' : `${where}: principalType must be ServicePrincipal`,
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(assignment.name)
      ? ''
      : `${where}: the name is no GUID`,
    subscription(roleDefinitionId) === subscription(assignment.id)
      ? ''
      : `${where}: the role is named in another subscription than the assignment`,
  ];
}

function definitionFaults(definition: DeployedResource): string[] {
  const { roleName, description, type, permissions, assignableScopes } = propertiesOf(definition);
  const title = shown(roleName).replace(/ [^ ]+$/, '');
  const listed = (isList(permissions) ? permissions : []).filter(isObject).flatMap((permission) =>
    ['actions', 'dataActions'].flatMap((kind) => {
      const actions = permission[kind];
      return isList(actions) ? actions.map((action) => shown(action).replace(actionPrefix, '')) : [];
    }),
  );
  const expected = customActions[title] ?? [];
  const custom = type === 'CustomRole' && shown(description) !== '';
  const scopes = isList(assignableScopes) ? assignableScopes.map(last).sort() : [];
  return [
    custom ? '' : `${title} is not described as a custom role`,
    listed.sort().join() === [...expected].sort().join() ? '' : `${title} permits ${listed.join(', ')}`,
    scopes.join() === [home, away].join() ? '' : `${title} can be assigned in ${scopes.join(', ')}`,
  ];
}

/** Which rights a trial grants wrongly. */
export function roleFaults(trial: Trial): string[] {
  const assignments = ofType(trial, 'Microsoft.Authorization/roleAssignments');
  const names = assignments.map(({ name }) => name);
  const grants = grantsOf(trial);
  const expected = expectedGrants(trial);
  return [
    ...assignments.flatMap(assignmentFaults),
    ...ofType(trial, 'Microsoft.Authorization/roleDefinitions').flatMap(definitionFaults),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `two assignments have the name ${name}`),
    ...grants.filter((grant) => !expected.includes(grant)).map((grant) => `granted for no reason: ${grant}`),
    ...expected.filter((grant) => !grants.includes(grant)).map((grant) => `not granted: ${grant}`),
  ]
    .filter((fault) => fault !== '')
    .map((fault) => `${trial.name}: ${fault}`);
}
