@description('Name of the Log Analytics workspace.')
param workspaceName string
@description('Name of the Application Insights component.')
param applicationInsightsName string
@description('Region.')
param location string
@description('Tags of the resources.')
param tags object
@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param retentionInDays int
@description('Gigabytes a day after which no more logs are taken; -1 sets no limit.')
param dailyQuotaGb int
@description('Whether telemetry is taken with an Entra token only.')
param disableLocalAuth bool

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: applicationInsightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: disableLocalAuth
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'tranship-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Tranship'
    category: 'workbook'
    serializedData: loadTextContent('../workbook.json')
    sourceId: insights.id
  }
}

@description('Resource id of the component.')
output applicationInsightsId string = insights.id
@description('Name of the component.')
output applicationInsightsName string = insights.name
@description('Connection string; it holds no secret when local authentication is off.')
output connectionString string = insights.properties.ConnectionString
