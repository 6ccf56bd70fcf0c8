// Least-privilege roles, for tenants that permit custom ones. A definition's name is unique in its tenant.
targetScope = 'subscription'

@description('Ids of the subscriptions that hold sources or destinations.')
param subscriptionIds string[]

var suffix = uniqueString(subscription().id)
var scopes = map(subscriptionIds, id => '/subscriptions/${id}')
var containers = 'Microsoft.Storage/storageAccounts/blobServices/containers'
var files = 'Microsoft.Storage/storageAccounts/fileServices'

resource reader 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'tranship-source-reader')
  properties: {
    roleName: 'Tranship Source Reader ${suffix}'
    description: 'Lists containers and reads blobs with their index tags.'
    type: 'CustomRole'
    assignableScopes: scopes
    permissions: [
      {
        actions: ['${containers}/read']
        notActions: []
        dataActions: ['${containers}/blobs/read', '${containers}/blobs/tags/read']
        notDataActions: []
      }
    ]
  }
}

resource writer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'tranship-destination-writer')
  properties: {
    roleName: 'Tranship Destination Writer ${suffix}'
    description: 'Lists and makes containers, reads and writes blobs with their index tags. Deletes nothing.'
    type: 'CustomRole'
    assignableScopes: scopes
    permissions: [
      {
        actions: ['${containers}/read', '${containers}/write']
        notActions: []
        dataActions: [
          '${containers}/blobs/read'
          '${containers}/blobs/write'
          '${containers}/blobs/add/action'
          '${containers}/blobs/tags/read'
          '${containers}/blobs/tags/write'
        ]
        notDataActions: []
      }
    ]
  }
}

resource deleter 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'tranship-mirror-deleter')
  properties: {
    roleName: 'Tranship Mirror Deleter ${suffix}'
    description: 'Deletes blobs, for mirrors. Granted beside the Destination Writer.'
    type: 'CustomRole'
    assignableScopes: scopes
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: ['${containers}/blobs/delete']
        notDataActions: []
      }
    ]
  }
}

resource filesWriter 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'tranship-files-writer')
  properties: {
    roleName: 'Tranship Files Writer ${suffix}'
    description: 'Lists, reads and writes files with their attributes and permissions. Deletes nothing.'
    type: 'CustomRole'
    assignableScopes: scopes
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          '${files}/fileshares/files/read'
          '${files}/fileshares/files/write'
          '${files}/fileshares/files/modifypermissions/action'
          '${files}/readFileBackupSemantics/action'
          '${files}/writeFileBackupSemantics/action'
        ]
        notDataActions: []
      }
    ]
  }
}

resource filesDeleter 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'tranship-files-deleter')
  properties: {
    roleName: 'Tranship Files Deleter ${suffix}'
    description: 'Deletes files, for mirrors. Granted beside the Files Writer.'
    type: 'CustomRole'
    assignableScopes: scopes
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: ['${files}/fileshares/files/delete']
        notDataActions: []
      }
    ]
  }
}

@description('GUID of the Source Reader role.')
output readerRoleId string = reader.name
@description('GUID of the Destination Writer role.')
output writerRoleId string = writer.name
@description('GUID of the Mirror Deleter role.')
output deleterRoleId string = deleter.name
@description('GUID of the Files Writer role.')
output filesWriterRoleId string = filesWriter.name
@description('GUID of the Files Deleter role.')
output filesDeleterRoleId string = filesDeleter.name
