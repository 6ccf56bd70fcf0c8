// An alert on blob events that Event Grid gave up: they lie in the dead-letter container, and only a reconciliation repairs what they told.

@description('Name of the rule.')
param name string
@description('Tags of the rule.')
param tags object
@description('Name of the system topic, in the resource group of this deployment.')
param topicName string
@description('Resource ids of the action groups to call.')
param actionGroupIds string[]

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    description: 'Blob events of ${topicName} could not be delivered. Mend the way, then run the rules: tranship policy run.'
    severity: 2
    enabled: true
    scopes: [topic.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'undelivered'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          metricName: 'DeadLetteredCount'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: map(actionGroupIds, id => { actionGroupId: id })
  }
}
