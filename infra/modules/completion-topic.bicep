// The topic that takes an event for each finished job. It takes them by Entra token only.

@description('Name of the topic.')
param name string
@description('Region.')
param location string
@description('Tags of the topic.')
param tags object

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

@description('Name of the topic.')
output name string = topic.name
@description('Where events are sent.')
output endpoint string = topic.properties.endpoint
