// Alerts on what the app logs about itself. Without an action group they only show in the portal.

@description('Prefix of the names of the rules.')
param namePrefix string
@description('Region.')
param location string
@description('Tags of the resources.')
param tags object
@description('Resource id of the Application Insights component.')
param applicationInsightsId string
@description('Resource ids of the action groups to call.')
param actionGroupIds string[]

var events = 'traces | extend entry = parse_json(message) | extend event = tostring(entry.event)'
var rules = [
  {
    key: 'job-failed'
    title: 'A job failed or left objects uncopied'
    query: '${events} | where event == "run-closed" and tostring(entry.status) in ("Failed", "CompletedWithErrors")'
    severity: 2
  }
  {
    key: 'access'
    title: 'A job was stopped before it began: a role, the network or a setting'
    query: '${events} | where event == "preflight-failed"'
    severity: 2
  }
  {
    key: 'supervision'
    title: 'Jobs cannot be supervised: the state container does not answer'
    query: '${events} | where event == "supervise-failed"'
    severity: 1
  }
  {
    key: 'dead-letters'
    title: 'Replication gave up a change, or a message of events: see the rule, then tranship policy retry'
    query: '${events} | where event in ("replication-dead-letter", "replication-message-poisoned")'
    severity: 2
  }
  {
    key: 'exceptions'
    title: 'The app throws'
    query: 'exceptions'
    severity: 3
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${namePrefix}-${rule.key}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      severity: rule.severity
      enabled: true
      scopes: [applicationInsightsId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: { actionGroups: actionGroupIds }
    }
  }
]
