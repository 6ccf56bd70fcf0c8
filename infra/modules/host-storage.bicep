// The app's own account: package, task hub, the state of every job, and the queue of events. Never a source or destination of one.

@description('Name of the storage account.')
param name string
@description('Region.')
param location string
@description('Tags of the resource.')
param tags object
@description('Redundancy of the account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param skuName string
@description('Container that holds the deployed package.')
param deploymentContainerName string
@description('Container that holds the state and the reports of jobs.')
param stateContainerName string
@description('Container for events that Event Grid could not deliver.')
param deadLetterContainerName string
@description('Queue that blob events arrive in.')
param eventQueueName string
@description('Whether the account answers in the virtual network only.')
param privateOnly bool
@description('Whether Event Grid writes here. It has no way through a private endpoint, and comes as a trusted service.')
param takesEvents bool

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: privateOnly && !takesEvents ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateOnly ? 'Deny' : 'Allow'
    }
  }

  resource blob 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource deployment 'containers' = {
      name: deploymentContainerName
      properties: { publicAccess: 'None' }
    }

    resource state 'containers' = {
      name: stateContainerName
      properties: { publicAccess: 'None' }
    }

    resource deadLetters 'containers' = {
      name: deadLetterContainerName
      properties: { publicAccess: 'None' }
    }
  }

  resource queue 'queueServices' = {
    name: 'default'

    resource events 'queues' = {
      name: eventQueueName
    }
  }
}

@description('Resource id of the account.')
output id string = storage.id
@description('Name of the account.')
output name string = storage.name
@description('Blob endpoint.')
output blobEndpoint string = storage.properties.primaryEndpoints.blob
@description('Queue endpoint.')
output queueEndpoint string = storage.properties.primaryEndpoints.queue
@description('Table endpoint.')
output tableEndpoint string = storage.properties.primaryEndpoints.table
