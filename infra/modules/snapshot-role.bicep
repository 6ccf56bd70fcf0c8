// What share snapshots take, which no built-in role for data has. A definition's name is unique in its tenant.
targetScope = 'subscription'

@description('Ids of the subscriptions that hold sources or destinations.')
param subscriptionIds string[]

var suffix = uniqueString(subscription().id)
var shares = 'Microsoft.Storage/storageAccounts/fileServices/shares'

resource snapshots 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'tranship-share-snapshots')
  properties: {
    roleName: 'Tranship Share Snapshots ${suffix}'
    description: 'Lists shares, takes and deletes their snapshots. These actions make and delete shares, too.'
    type: 'CustomRole'
    assignableScopes: map(subscriptionIds, id => '/subscriptions/${id}')
    permissions: [
      {
        actions: ['${shares}/read', '${shares}/write', '${shares}/delete']
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

@description('GUID of the Share Snapshots role.')
output snapshotsRoleId string = snapshots.name
