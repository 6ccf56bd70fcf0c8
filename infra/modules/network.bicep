// The app's network: one subnet it sends from, one for private endpoints, and the zones that name them.

@description('Name of the virtual network.')
param name string
@description('Region.')
param location string
@description('Tags of the resources.')
param tags object
@description('Addresses of the network, a /24 or larger.')
param addressPrefix string

// A name with an underscore would be refused by the plan.
var appSubnet = 'app'
var endpointSubnet = 'endpoints'
var zoneNames = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.queue.${environment().suffixes.storage}'
  'privatelink.table.${environment().suffixes.storage}'
  'privatelink.azurewebsites.net'
  'privatelink.file.${environment().suffixes.storage}'
]

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: appSubnet
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            {
              name: 'flex'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: endpointSubnet
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: appSubnet
  }

  resource endpoints 'subnets' existing = {
    name: endpointSubnet
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for zoneName in zoneNames: {
    name: zoneName
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (zoneName, index) in zoneNames: {
    parent: zones[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

@description('Resource id of the subnet that the app sends from.')
output appSubnetId string = network::app.id
@description('Resource id of the subnet of the private endpoints.')
output endpointSubnetId string = network::endpoints.id
@description('Resource id of the zone of blob endpoints.')
output blobZoneId string = zones[0].id
@description('Resource id of the zone of queue endpoints.')
output queueZoneId string = zones[1].id
@description('Resource id of the zone of table endpoints.')
output tableZoneId string = zones[2].id
@description('Resource id of the zone of apps.')
output sitesZoneId string = zones[3].id
@description('Resource id of the zone of Files endpoints.')
output fileZoneId string = zones[4].id
