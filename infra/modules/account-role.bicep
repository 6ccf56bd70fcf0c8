// One role of the app's identity at a source or destination: on the containers named, or on the account when none is.

@description('Name of the storage account, in the resource group of this deployment.')
param storageAccountName string
@description('Containers to grant the role on; empty grants it on the account.')
param containers string[]
@description('Object id of the identity of the app.')
param principalId string
@description('GUID of the role definition, built in or our own.')
param roleId string

var roleDefinitionId = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName

  resource blob 'blobServices' existing = {
    name: 'default'
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = [
  for name in containers: {
    parent: account::blob
    name: name
  }
]

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (empty(containers)) {
  name: guid(account.id, principalId, roleId)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}

resource onContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in containers: {
    name: guid(account.id, name, principalId, roleId)
    scope: container[index]
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: roleDefinitionId
    }
  }
]
