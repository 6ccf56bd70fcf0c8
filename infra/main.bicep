// Everything Tranship needs in Azure, in one deployment of a subscription. docs/deploy.md explains the parameters.
targetScope = 'subscription'

import { source, destination } from 'types.bicep'

@description('Name of the environment; resource names derive from it.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of the app. It should be the region of the destinations.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Accounts that objects come from.')
param sources source[] = []

@description('Accounts that objects go to.')
param destinations destination[] = []

@description('Whether the identity belongs to the app or is a resource of its own, which outlives the app.')
@allowed(['UserAssigned', 'SystemAssigned'])
param identityType string = 'UserAssigned'

@description('Whether roles of our own, narrower than the built-in ones, are defined and granted.')
param useCustomRoles bool = false

@description('Major version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances at a time.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Instances kept warm for the API; each is billed.')
@minValue(0)
param httpAlwaysReady int = 0

@description('Instances kept warm for jobs; each is billed.')
@minValue(0)
param durableAlwaysReady int = 0

@description('Redundancy of the host account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param hostStorageSku string = 'Standard_ZRS'

@description('Whether the app sends from a virtual network, with the host account behind private endpoints.')
param vnetEnabled bool = false

@description('Addresses of the virtual network, a /24 or larger.')
param vnetAddressPrefix string = '10.61.0.0/24'

@description('Whether the API answers in the virtual network only. Needs vnetEnabled.')
param privateApi bool = false

@description('Address ranges that may call the API, such as 203.0.113.0/24; empty: any, with a key.')
param allowedIpRanges string[] = []

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionInDays int = 30

@description('Gigabytes of logs a day after which no more are taken; -1 sets no limit.')
param logDailyQuotaGb int = 5

@description('Whether telemetry is taken with an Entra token only.')
param appInsightsDisableLocalAuth bool = true

@description('Whether alert rules are made.')
param alertsEnabled bool = true

@description('Resource ids of the action groups that alerts call.')
param actionGroupIds string[] = []

@description('How blob events reach the app: by its queue, or by a call of its function, which a second step sets up.')
@allowed(['Queue', 'Function'])
param eventDelivery string = 'Queue'

@description('Name of the queue that blob events arrive in, in the host account.')
@minLength(3)
@maxLength(56)
param eventQueueName string = 'tranship-events'

@description('Whether a topic is made that takes an event for each finished job.')
param completionTopicEnabled bool = false

@description('An https URL that takes an event for each finished job, without port, user, query or fragment; empty: none.')
@maxLength(2048)
param completionWebhook string = ''

@description('Further app settings, such as TRANSHIP_SLICE_MS; they cannot replace those that the deployment makes.')
param extraSettings object = {}

var token = toLower(uniqueString(subscription().id, environmentName, location))
var thisSubscriptionId = subscription().subscriptionId
var tags = { 'azd-env-name': environmentName }
var isUser = identityType == 'UserAssigned'
var isPrivateApi = vnetEnabled && privateApi
var deploymentContainerName = 'package'
var stateContainerName = 'tranship'
var deadLetterContainerName = 'tranship-dead-letters'
var eventFunctionName = 'storageEvents'
var eventSubscriptionName = 'tranship-${token}'

// What may be called and what is granted come from the same two arrays, so that they cannot drift apart.
var places = concat(sources, destinations)
var withFiles = map(filter(places, place => place.?files ?? false), place => place.name)
var byBearer = map(filter(sources, place => (place.?sourceAuth ?? '') == 'bearer'), place => place.name)
var bySas = map(filter(sources, place => (place.?sourceAuth ?? '') == 'userDelegationSas'), place => place.name)
var accounts = union(
  [],
  map(places, place => union(
    {
      name: place.name
      blobEndpoint: place.?blobEndpoint ?? 'https://${place.name}.blob.${environment().suffixes.storage}'
    },
    contains(withFiles, place.name)
      ? { fileEndpoint: place.?fileEndpoint ?? 'https://${place.name}.file.${environment().suffixes.storage}' }
      : {},
    contains(byBearer, place.name) ? { sourceAuth: 'bearer' } : {},
    contains(bySas, place.name) ? { sourceAuth: 'userDelegationSas' } : {}
  ))
)
var subscriptionIds = union(
  [thisSubscriptionId],
  map(places, place => place.?subscriptionId ?? thisSubscriptionId)
)
var reached = filter(places, place => place.?privateEndpoint ?? false)
var blobTargets = union(
  [],
  map(filter(reached, place => place.?blobs ?? true), place => {
    name: place.name
    id: resourceId(
      place.?subscriptionId ?? thisSubscriptionId,
      place.resourceGroup,
      'Microsoft.Storage/storageAccounts',
      place.name
    )
  })
)
var fileTargets = union(
  [],
  map(filter(reached, place => place.?files ?? false), place => {
    name: place.name
    id: resourceId(
      place.?subscriptionId ?? thisSubscriptionId,
      place.resourceGroup,
      'Microsoft.Storage/storageAccounts',
      place.name
    )
  })
)
var snapshotSources = filter(sources, place => (place.?files ?? false) && (place.?snapshots ?? false))
var eventSources = filter(sources, place => place.?events ?? false)
var eventTopics = map(eventSources, place => {
  name: place.?systemTopic ?? 'evgt-${place.name}-${token}'
  account: place.name
  resourceGroup: place.resourceGroup
  subscriptionId: place.?subscriptionId ?? thisSubscriptionId
  containers: place.?containers ?? []
})
var readerRoleId = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader
var blobDelegatorRoleId = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a' // Storage Blob Delegator
var contributorRoleId = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
var filesReaderRoleId = 'b8eda974-7b85-4f76-af95-65846b26df6d' // Storage File Data Privileged Reader
var fileDelegatorRoleId = '765a04e0-5de8-4bb2-9bf6-b2a30bc03e91' // Storage File Delegator
var filesContributorRoleId = '69566ab7-960f-475b-8e7c-b3118f30c6bd' // Storage File Data Privileged Contributor

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-tranship-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = if (isUser) {
  name: 'tranship-identity'
  scope: group
  params: {
    name: 'id-tranship-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'tranship-monitoring'
  scope: group
  params: {
    workspaceName: 'log-tranship-${token}'
    applicationInsightsName: 'appi-tranship-${token}'
    location: location
    tags: tags
    retentionInDays: logRetentionInDays
    dailyQuotaGb: logDailyQuotaGb
    disableLocalAuth: appInsightsDisableLocalAuth
  }
}

module alerts 'modules/alerts.bicep' = if (alertsEnabled) {
  name: 'tranship-alerts'
  scope: group
  params: {
    namePrefix: 'tranship-${token}'
    location: location
    tags: tags
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    actionGroupIds: actionGroupIds
  }
}

module storage 'modules/host-storage.bicep' = {
  name: 'tranship-storage'
  scope: group
  params: {
    name: 'sttranship${token}'
    location: location
    tags: tags
    skuName: hostStorageSku
    deploymentContainerName: deploymentContainerName
    stateContainerName: stateContainerName
    deadLetterContainerName: deadLetterContainerName
    eventQueueName: eventQueueName
    privateOnly: vnetEnabled
    takesEvents: !empty(eventSources)
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  name: 'tranship-network'
  scope: group
  params: {
    name: 'vnet-tranship-${token}'
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
  }
}

module blobEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tranship-endpoint-blob'
  scope: group
  params: {
    name: 'pe-tranship-blob-${token}'
    location: location
    tags: tags
    targetId: storage.outputs.id
    groupId: 'blob'
    subnetId: network!.outputs.endpointSubnetId
    zoneId: network!.outputs.blobZoneId
  }
}

module queueEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tranship-endpoint-queue'
  scope: group
  params: {
    name: 'pe-tranship-queue-${token}'
    location: location
    tags: tags
    targetId: storage.outputs.id
    groupId: 'queue'
    subnetId: network!.outputs.endpointSubnetId
    zoneId: network!.outputs.queueZoneId
  }
}

module tableEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tranship-endpoint-table'
  scope: group
  params: {
    name: 'pe-tranship-table-${token}'
    location: location
    tags: tags
    targetId: storage.outputs.id
    groupId: 'table'
    subnetId: network!.outputs.endpointSubnetId
    zoneId: network!.outputs.tableZoneId
  }
}

module accountEndpoints 'modules/private-endpoint.bicep' = [
  for target in blobTargets: if (vnetEnabled) {
    name: 'tranship-reach-${target.name}'
    scope: group
    params: {
      name: 'pe-tranship-to-${target.name}-${token}'
      location: location
      tags: tags
      targetId: target.id
      groupId: 'blob'
      subnetId: network!.outputs.endpointSubnetId
      zoneId: network!.outputs.blobZoneId
    }
  }
]

module fileEndpoints 'modules/private-endpoint.bicep' = [
  for target in fileTargets: if (vnetEnabled) {
    name: 'tranship-reach-files-${target.name}'
    scope: group
    params: {
      name: 'pe-tranship-to-files-${target.name}-${token}'
      location: location
      tags: tags
      targetId: target.id
      groupId: 'file'
      subnetId: network!.outputs.endpointSubnetId
      zoneId: network!.outputs.fileZoneId
    }
  }
]

module apiEndpoint 'modules/private-endpoint.bicep' = if (isPrivateApi) {
  name: 'tranship-endpoint-api'
  scope: group
  params: {
    name: 'pe-tranship-api-${token}'
    location: location
    tags: tags
    targetId: app.outputs.id
    groupId: 'sites'
    subnetId: network!.outputs.endpointSubnetId
    zoneId: network!.outputs.sitesZoneId
  }
}

// A user-assigned identity has its roles before the app starts for the first time.
module hostRolesBefore 'modules/host-roles.bicep' = if (isUser) {
  name: 'tranship-host-roles'
  scope: group
  params: {
    storageAccountName: storage.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    principalId: identity!.outputs.principalId
  }
}

module completionTopic 'modules/completion-topic.bicep' = if (completionTopicEnabled) {
  name: 'tranship-completion-topic'
  scope: group
  params: {
    name: 'evgt-tranship-${token}'
    location: location
    tags: tags
  }
}

module app 'modules/app.bicep' = {
  name: 'tranship-app'
  scope: group
  dependsOn: [hostRolesBefore, blobEndpoint, queueEndpoint, tableEndpoint]
  params: {
    planName: 'plan-tranship-${token}'
    name: 'func-tranship-${token}'
    location: location
    tags: tags
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpAlwaysReady: httpAlwaysReady
    durableAlwaysReady: durableAlwaysReady
    userAssignedIdentityId: isUser ? identity!.outputs.id : ''
    userAssignedClientId: isUser ? identity!.outputs.clientId : ''
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    deploymentContainerName: deploymentContainerName
    stateContainerName: stateContainerName
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    eventQueueName: eventQueueName
    completionTopicEndpoint: completionTopicEnabled ? completionTopic!.outputs.endpoint : ''
    completionWebhook: completionWebhook
    accounts: accounts
    extraSettings: extraSettings
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    privateApi: isPrivateApi
    allowedIpRanges: allowedIpRanges
  }
}

// A system-assigned one is born with the app.
module hostRolesAfter 'modules/host-roles.bicep' = if (!isUser) {
  name: 'tranship-host-roles-system'
  scope: group
  params: {
    storageAccountName: storage.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    principalId: app.outputs.principalId
  }
}

module customRoles 'modules/custom-roles.bicep' = if (useCustomRoles) {
  name: 'tranship-custom-roles'
  params: { subscriptionIds: subscriptionIds }
}

module sourceRoles 'modules/account-role.bicep' = [
  for place in sources: if (place.?blobs ?? true) {
    name: 'tranship-read-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: place.?containers ?? []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: useCustomRoles ? customRoles!.outputs.readerRoleId : readerRoleId
    }
  }
]

// The built-in reader of a whole account may delegate by itself.
module delegatorRoles 'modules/account-role.bicep' = [
  for place in sources: if ((place.?blobs ?? true) && !contains(byBearer, place.name) && (useCustomRoles || !empty(place.?containers ?? []))) {
    name: 'tranship-delegate-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: blobDelegatorRoleId
    }
  }
]

module destinationRoles 'modules/account-role.bicep' = [
  for place in destinations: if (place.?blobs ?? true) {
    name: 'tranship-write-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: place.?containers ?? []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: useCustomRoles ? customRoles!.outputs.writerRoleId : contributorRoleId
    }
  }
]

module deleteRoles 'modules/account-role.bicep' = [
  for place in destinations: if (useCustomRoles && (place.?blobs ?? true) && (place.?allowDelete ?? false)) {
    name: 'tranship-delete-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: place.?containers ?? []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: customRoles!.outputs.deleterRoleId
    }
  }
]

module fileSourceRoles 'modules/account-role.bicep' = [
  for place in sources: if (place.?files ?? false) {
    name: 'tranship-read-files-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: filesReaderRoleId
    }
  }
]

module snapshotRole 'modules/snapshot-role.bicep' = if (!empty(snapshotSources)) {
  name: 'tranship-snapshot-role'
  params: { subscriptionIds: subscriptionIds }
}

module snapshotRoles 'modules/account-role.bicep' = [
  for place in snapshotSources: {
    name: 'tranship-snapshots-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: snapshotRole!.outputs.snapshotsRoleId
    }
  }
]

module fileDelegatorRoles 'modules/account-role.bicep' = [
  for place in sources: if ((place.?files ?? false) && !contains(byBearer, place.name)) {
    name: 'tranship-delegate-files-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: fileDelegatorRoleId
    }
  }
]

module fileDestinationRoles 'modules/account-role.bicep' = [
  for place in destinations: if (place.?files ?? false) {
    name: 'tranship-write-files-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: useCustomRoles ? customRoles!.outputs.filesWriterRoleId : filesContributorRoleId
    }
  }
]

module fileDeleteRoles 'modules/account-role.bicep' = [
  for place in destinations: if (useCustomRoles && (place.?files ?? false) && (place.?allowDelete ?? false)) {
    name: 'tranship-delete-files-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      containers: []
      principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
      roleId: customRoles!.outputs.filesDeleterRoleId
    }
  }
]

module completionRole 'modules/completion-role.bicep' = if (completionTopicEnabled) {
  name: 'tranship-completion-role'
  scope: group
  params: {
    topicName: completionTopic!.outputs.name
    principalId: isUser ? identity!.outputs.principalId : app.outputs.principalId
  }
}

// Blob events: topic, then what it may do, then the subscription, whose creation tries whether it may.
module eventPlaces 'modules/account-location.bicep' = [
  for place in eventSources: {
    name: 'tranship-locate-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: { storageAccountName: place.name }
  }
]

module topics 'modules/event-topic.bicep' = [
  for (place, index) in eventSources: {
    name: 'tranship-topic-${place.name}'
    scope: resourceGroup(place.?subscriptionId ?? thisSubscriptionId, place.resourceGroup)
    params: {
      storageAccountName: place.name
      location: eventPlaces[index].outputs.location
      tags: tags
      name: eventTopics[index].name
      existingName: place.?systemTopic ?? ''
    }
  }
]

module eventRoles 'modules/event-roles.bicep' = [
  for (place, index) in eventSources: {
    name: 'tranship-event-roles-${place.name}'
    scope: group
    params: {
      storageAccountName: storage.outputs.name
      queueName: eventQueueName
      deadLetterContainerName: deadLetterContainerName
      principalId: topics[index].outputs.principalId
    }
  }
]

module eventSubscriptions 'modules/event-subscriptions.bicep' = [
  for topic in eventTopics: if (eventDelivery == 'Queue') {
    name: 'tranship-events-${topic.account}'
    scope: resourceGroup(topic.subscriptionId, topic.resourceGroup)
    dependsOn: [eventRoles]
    params: {
      topicName: topic.name
      subscriptionName: eventSubscriptionName
      containers: topic.containers
      hostAccountId: storage.outputs.id
      queueName: eventQueueName
      deadLetterContainerName: deadLetterContainerName
      functionId: ''
    }
  }
]

module eventAlerts 'modules/event-alert.bicep' = [
  for topic in eventTopics: if (alertsEnabled) {
    name: 'tranship-event-alert-${topic.account}'
    scope: resourceGroup(topic.subscriptionId, topic.resourceGroup)
    dependsOn: [topics]
    params: {
      name: 'tranship-${token}-undelivered-${topic.account}'
      tags: tags
      topicName: topic.name
      actionGroupIds: actionGroupIds
    }
  }
]

@description('Resource group of everything that was made.')
output AZURE_RESOURCE_GROUP string = group.name
@description('Name of the function app.')
output TRANSHIP_APP_NAME string = app.outputs.name
@description('Address of the app.')
output TRANSHIP_URL string = app.outputs.url
@description('Object id of the identity of the app, for further role assignments.')
output TRANSHIP_PRINCIPAL_ID string = isUser ? identity!.outputs.principalId : app.outputs.principalId
@description('How blob events reach the app; the hook after deployment reads it.')
output TRANSHIP_EVENT_DELIVERY string = eventDelivery
@description('Topics whose events the app takes, as JSON, for events.bicep.')
output TRANSHIP_EVENT_TOPICS string = string(eventTopics)
@description('Name of the event subscriptions, for events.bicep.')
output TRANSHIP_EVENT_SUBSCRIPTION string = eventSubscriptionName
@description('Resource id of the function that takes events, for events.bicep.')
output TRANSHIP_EVENT_FUNCTION_ID string = '${app.outputs.id}/functions/${eventFunctionName}'
@description('Resource id of the host account, for events.bicep.')
output TRANSHIP_HOST_ACCOUNT_ID string = storage.outputs.id
@description('Endpoint of the topic of finished jobs; empty when there is none.')
output TRANSHIP_COMPLETION_TOPIC string = completionTopicEnabled ? completionTopic!.outputs.endpoint : ''
