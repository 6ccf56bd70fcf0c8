// The second step, for eventDelivery=Function: subscriptions that call the function, which must be there before them.
// The hook after `azd deploy` runs it with outputs of main.bicep; docs/deploy.md shows how to run it by hand.
targetScope = 'subscription'

import { eventTopic } from 'types.bicep'

@description('Topics whose events the app takes.')
param topics eventTopic[]
@description('Name of the subscriptions.')
param subscriptionName string
@description('Resource id of the function.')
param functionId string
@description('Resource id of the host account, which keeps events that could not be delivered.')
param hostAccountId string

module subscriptions 'modules/event-subscriptions.bicep' = [
  for topic in topics: {
    name: 'tranship-events-${topic.account}'
    scope: resourceGroup(topic.subscriptionId, topic.resourceGroup)
    params: {
      topicName: topic.name
      subscriptionName: subscriptionName
      containers: topic.containers
      hostAccountId: hostAccountId
      queueName: ''
      deadLetterContainerName: 'tranship-dead-letters'
      functionId: functionId
    }
  }
]
