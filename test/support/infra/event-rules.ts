import { globSync, readFileSync } from 'node:fs';
import type { DeployedResource } from '../bicep/deployment.js';
import { isList, shown, type Value, type ValueObject } from '../bicep/values.js';
import { differences } from './differences.js';
import { away, eventSourcesOf, home, ofType, propertiesOf, settingsOf, type Trial } from './scenarios.js';

const code = (pattern: string): string =>
  globSync(pattern)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

/** What the replicator understands; Event Grid's other events (inventories, life cycle) are not for us. */
const eventTypes = [
  ...new Set(code('src/replicate/**/*.ts').match(/(?<=')Microsoft\.Storage\.\w+(?=')/g) ?? []),
].sort();
/** The function that Event Grid calls, by the name under which the code registers it. */
const eventFunction =
  /app\.eventGrid\(\s*'(\w+)'/.exec(code('src/functions/**/*.ts'))?.[1] ?? 'storageEvents';
const whole = '/blobServices/default/containers/';

function queueFaults(trial: Trial): string[] {
  const queues = ofType(trial, 'Microsoft.Storage/storageAccounts/queueServices/queues').map(
    ({ name }) => name,
  );
  const read = settingsOf(trial)['TRANSHIP_EVENT_QUEUE'];
  return [
    queues.join() === read ? '' : `the app reads the queue ${shown(read)} and there is ${queues.join(', ')}`,
    read === (trial.parameters['eventQueueName'] ?? 'tranship-events') ? '' : `the queue is ${shown(read)}`,
  ];
}

function topicFaults(trial: Trial): string[] {
  const made = ofType(trial, 'Microsoft.EventGrid/systemTopics');
  const expected = eventSourcesOf(trial).filter(({ systemTopic }) => systemTopic === undefined);
  return [
    made.length === expected.length ? '' : `${String(made.length)} system topics are made`,
    ...expected.flatMap((source) => {
      const account = shown(source['name']);
      const topic = made.find(({ name }) => name.startsWith(`evgt-${account}-`));
      if (topic === undefined) return [`${account} has no system topic`];
      const subscription = shown(source['subscriptionId'] ?? home);
      return [
        ...differences(topic.name, topic.body, {
          location: `region of ${account}`,
          'identity.type': 'SystemAssigned',
          'properties.topicType': 'Microsoft.Storage.StorageAccounts',
          'properties.source': accountId(subscription, shown(source['resourceGroup']), account),
        }),
        topic.id.startsWith(
          `/subscriptions/${subscription}/resourceGroups/${shown(source['resourceGroup'])}/`,
        )
          ? ''
          : `${topic.name} is not beside its account`,
      ];
    }),
  ];
}

function accountId(subscription: string, group: string, name: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
}

/** The way of one subscription to the app; nothing in it may need a key. */
function wayOf(trial: Trial): Readonly<Record<string, Value>> {
  const [host] = ofType(trial, 'Microsoft.Storage/storageAccounts');
  const [app] = ofType(trial, 'Microsoft.Web/sites');
  const hostId = host?.id ?? '';
  const byQueue = trial.parameters['eventDelivery'] !== 'Function';
  const queue: ValueObject = {
    identity: { type: 'SystemAssigned' },
    destination: {
      endpointType: 'StorageQueue',
      properties: {
        resourceId: hostId,
        queueName: settingsOf(trial)['TRANSHIP_EVENT_QUEUE'] ?? '',
        queueMessageTimeToLiveInSeconds: 604_800,
      },
    },
  };
  const call: ValueObject = {
    endpointType: 'AzureFunction',
    properties: { resourceId: `${app?.id ?? ''}/functions/${eventFunction}`, maxEventsPerBatch: 1 },
  };
  return {
    destination: byQueue ? null : call,
    deliveryWithResourceIdentity: byQueue ? queue : null,
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' },
      deadLetterDestination: {
        endpointType: 'StorageBlob',
        properties: { resourceId: hostId, blobContainerName: 'tranship-dead-letters' },
      },
    },
    eventDeliverySchema: 'CloudEventSchemaV1_0',
    'filter.includedEventTypes': eventTypes,
    'filter.isSubjectCaseSensitive': true,
    'filter.advancedFilters': [{ operatorType: 'StringNotIn', key: 'data.api', values: ['CreateFile'] }],
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
  };
}

const subjectOf = (one: DeployedResource): string => {
  const { filter } = propertiesOf(one);
  return shown((filter as ValueObject)['subjectBeginsWith']);
};

function subscriptionFaults(trial: Trial): string[] {
  const found = ofType(trial, 'Microsoft.EventGrid/systemTopics/eventSubscriptions');
  const ids = found.map(({ id }) => id);
  const subjects = found.map(
    (one) => `${/systemTopics\/(?:evgt-)?(\w+)/.exec(one.id)?.[1] ?? ''} ${subjectOf(one)}`,
  );
  const expected = eventSourcesOf(trial).flatMap(({ name, systemTopic, containers }) => {
    const of = systemTopic === undefined ? shown(name) : 'of';
    const list = isList(containers) ? containers : [];
    return list.length === 0
      ? [`${of} ${whole}`]
      : list.map((container) => `${of} ${whole}${shown(container)}/blobs/`);
  });
  const way = wayOf(trial);
  return [
    new Set(ids).size === ids.length ? '' : 'two event subscriptions have one name',
    [...subjects].sort().join() === [...expected].sort().join()
      ? ''
      : `event subscriptions take ${subjects.join(', ')}`,
    ...found.flatMap((one) => differences(one.name, propertiesOf(one), way)),
    ...found
      .filter(({ id }) => id.includes('evgt-staway') !== id.includes(away))
      .map(({ name }) => `${name} is in another subscription than its account`),
  ];
}

/** Each topic has an alert on events that nobody could be given, and the alert calls whom it should. */
function alertFaults(trial: Trial): string[] {
  const sources = trial.parameters['alertsEnabled'] === false ? [] : eventSourcesOf(trial);
  const alerts = ofType(trial, 'Microsoft.Insights/metricAlerts');
  const groups = trial.parameters['actionGroupIds'] ?? [];
  const actions = (isList(groups) ? groups : []).map((actionGroupId) => ({ actionGroupId }));
  const watched = alerts.flatMap((one) => propertiesOf(one)['scopes'] ?? []).map(shown);
  const made = ofType(trial, 'Microsoft.EventGrid/systemTopics').map(({ id }) => id);
  return [
    alerts.length === sources.length ? '' : `${String(alerts.length)} alerts on undelivered events`,
    new Set(watched).size === alerts.length ? '' : 'two alerts watch one topic',
    ...(alerts.length === 0
      ? []
      : made.filter((id) => !watched.includes(id)).map((id) => `nobody watches ${id}`)),
    ...alerts.flatMap((one) => [
      ...differences(one.name, propertiesOf(one), {
        enabled: true,
        actions,
        'criteria.allOf': [
          {
            criterionType: 'StaticThresholdCriterion',
            name: 'undelivered',
            metricNamespace: 'Microsoft.EventGrid/systemTopics',
            metricName: 'DeadLetteredCount',
            operator: 'GreaterThan',
            threshold: 0,
            timeAggregation: 'Total',
          },
        ],
      }),
    ]),
  ];
}

function completionFaults(trial: Trial): string[] {
  const topics = ofType(trial, 'Microsoft.EventGrid/topics');
  const wanted = trial.parameters['completionTopicEnabled'] === true ? 1 : 0;
  const told = settingsOf(trial)['TRANSHIP_COMPLETION_TOPIC'] ?? '';
  return [
    topics.length === wanted ? '' : `${String(topics.length)} topics of finished jobs`,
    ...differences('app settings', settingsOf(trial), {
      TRANSHIP_COMPLETION_WEBHOOK: trial.parameters['completionWebhook'] ?? '',
    }),
    wanted === 1 ? '' : told === '' ? '' : `the app sends to ${told}, which is not there`,
    ...topics.flatMap((topic) => [
      ...differences(topic.name, propertiesOf(topic), {
        disableLocalAuth: true,
        inputSchema: 'CloudEventSchemaV1_0',
        minimumTlsVersionAllowed: '1.2',
      }),
      told.startsWith(`https://${topic.name}.`) ? '' : `the app sends to ${told}, not to ${topic.name}`,
    ]),
  ];
}

/** Where blob events would not reach the app, or reach it with a key, and where finished jobs would not be told. */
export function eventFaults(trial: Trial): string[] {
  return [queueFaults, topicFaults, subscriptionFaults, alertFaults, completionFaults].flatMap((rule) =>
    rule(trial),
  );
}
