// The system topic of a source. An account has one at most: when somebody made it already, it is used as it is.

@description('Name of the storage account, in the resource group of this deployment.')
param storageAccountName string
@description('Region of the account.')
param location string
@description('Tags of the topic.')
param tags object
@description('Name of the topic to make.')
param name string
@description('Name of the topic that is there already, with a system-assigned identity; empty: one is made.')
param existingName string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName
}

// Event Grid passes the firewall of the host account with a system-assigned identity only.
resource made 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (empty(existingName)) {
  name: name
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource found 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = if (!empty(existingName)) {
  name: empty(existingName) ? name : existingName
}

@description('Object id of the identity of the topic.')
output principalId string = empty(existingName) ? made!.identity.principalId : found!.identity.principalId
