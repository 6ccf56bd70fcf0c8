// The function app on Flex Consumption. Settings are written here and nowhere else: each deployment replaces them all.

@description('Name of the plan; it serves this one app.')
param planName string
@description('Name of the function app.')
param name string
@description('Region.')
param location string
@description('Tags of the resources.')
param tags object
@description('Major version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string
@description('Memory of an instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int
@description('Most instances at a time.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int
@description('Instances kept warm for the API.')
param httpAlwaysReady int
@description('Instances kept warm for jobs.')
param durableAlwaysReady int
@description('Resource id of the user-assigned identity; empty: the app has a system-assigned one.')
param userAssignedIdentityId string
@description('Client id of the user-assigned identity; empty with a system-assigned one.')
param userAssignedClientId string
@description('Blob endpoint of the host account.')
param blobEndpoint string
@description('Queue endpoint of the host account.')
param queueEndpoint string
@description('Table endpoint of the host account.')
param tableEndpoint string
@description('Container of the host account that holds the package.')
param deploymentContainerName string
@description('Container of the host account that holds the state of jobs.')
param stateContainerName string
@description('Connection string of Application Insights.')
param applicationInsightsConnectionString string
@description('Queue of the host account that blob events arrive in.')
param eventQueueName string
@description('Endpoint of the topic that takes events about finished jobs; empty: none.')
param completionTopicEndpoint string
@description('URL that takes events about finished jobs; empty: none.')
param completionWebhook string
@description('Accounts that jobs may name: name and endpoints of each.')
param accounts array
@description('Further settings of the app; they cannot replace those made here.')
param extraSettings object
@description('Resource id of the subnet that the app sends from; empty: no network.')
param subnetId string
@description('Whether the API answers in the virtual network only.')
param privateApi bool
@description('Address ranges that may call the API; empty: any.')
param allowedIpRanges string[]

var isUser = !empty(userAssignedIdentityId)
var alwaysReady = concat(
  httpAlwaysReady > 0 ? [{ name: 'http', instanceCount: httpAlwaysReady }] : [],
  durableAlwaysReady > 0 ? [{ name: 'durable', instanceCount: durableAlwaysReady }] : []
)
var ipRules = map(range(0, length(allowedIpRanges)), index => {
  name: 'allowed-${index}'
  action: 'Allow'
  priority: 100 + index
  ipAddress: allowedIpRanges[index]
})
var settings = {
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  AzureWebJobsStorage__tableServiceUri: tableEndpoint
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: isUser
    ? 'ClientId=${userAssignedClientId};Authorization=AAD'
    : 'Authorization=AAD'
  TRANSHIP_ENVIRONMENT: 'production'
  TRANSHIP_ACCOUNTS: string(accounts)
  TRANSHIP_STATE_CONTAINER: stateContainerName
  TRANSHIP_EVENT_QUEUE: eventQueueName
  TRANSHIP_COMPLETION_TOPIC: completionTopicEndpoint
  TRANSHIP_COMPLETION_WEBHOOK: completionWebhook
}
// The heap grows by two fifths before it is collected, not to its fourfold; no limit is set. See docs/benchmark.md.
var workerSettings = {
  languageWorkers__node__arguments: '--max-semi-space-size=8 --heap-growing-percent=40'
}
var userSettings = isUser
  ? {
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: userAssignedClientId
      AZURE_CLIENT_ID: userAssignedClientId
    }
  : {}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: isUser
    ? {
        type: 'UserAssigned'
        userAssignedIdentities: { '${userAssignedIdentityId}': {} }
      }
    : { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: privateApi ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      ipSecurityRestrictionsDefaultAction: empty(allowedIpRanges) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: ipRules
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}${deploymentContainerName}'
          authentication: {
            type: isUser ? 'UserAssignedIdentity' : 'SystemAssignedIdentity'
            userAssignedIdentityResourceId: isUser ? userAssignedIdentityId : null
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
      }
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(workerSettings, extraSettings, settings, userSettings)
  }
}

@description('Resource id of the app.')
output id string = app.id
@description('Name of the app.')
output name string = app.name
@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
@description('Object id of the system-assigned identity; empty with a user-assigned one.')
output principalId string = isUser ? '' : app.identity.principalId
