// A private endpoint to one service of one resource, with its address in a zone of ours.

@description('Name of the private endpoint.')
param name string
@description('Region.')
param location string
@description('Tags of the resource.')
param tags object
@description('Resource id of what the endpoint leads to.')
param targetId string
@description('Sub-resource of the target.')
@allowed(['blob', 'queue', 'table', 'file', 'sites'])
param groupId string
@description('Resource id of the subnet.')
param subnetId string
@description('Resource id of the private DNS zone.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: targetId
          groupIds: [groupId]
        }
      }
    ]
  }

  resource zones 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: groupId
          properties: { privateDnsZoneId: zoneId }
        }
      ]
    }
  }
}
