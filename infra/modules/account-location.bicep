// Where an account lies: its system topic has to be in the same region.

@description('Name of the storage account, in the resource group of this deployment.')
param storageAccountName string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountName
}

@description('Region of the account.')
output location string = account.location
