@description('Name of the user-assigned identity.')
param name string
@description('Region.')
param location string
@description('Tags of the resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id of the identity.')
output id string = identity.id
@description('Client id, by which the app names the identity.')
output clientId string = identity.properties.clientId
@description('Object id, which role assignments name.')
output principalId string = identity.properties.principalId
