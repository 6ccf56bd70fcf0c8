// Which events of a source reach the app, and how: by the queue, or by a call of its function once that is deployed.

@description('Name of the system topic, in the resource group of this deployment.')
param topicName string
@description('Name of the subscriptions; the same for both ways of delivery, so that one replaces the other.')
param subscriptionName string
@description('Containers whose events are taken; empty takes those of the account.')
param containers string[]
@description('Resource id of the host account.')
param hostAccountId string
@description('Queue that blob events arrive in; not used when a function is called.')
param queueName string
@description('Container for events that could not be delivered.')
param deadLetterContainerName string
@description('Resource id of the function to call; empty: events go into the queue.')
param functionId string

var root = '/blobServices/default/containers/'
var parts = empty(containers)
  ? [{ suffix: '', subject: root }]
  : map(containers, name => {
      suffix: '-${uniqueString(name)}'
      subject: '${root}${name}/blobs/'
    })

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for part in parts: {
    parent: topic
    name: '${subscriptionName}${part.suffix}'
    properties: {
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      destination: empty(functionId)
        ? null
        : {
            endpointType: 'AzureFunction'
            properties: {
              resourceId: functionId
              maxEventsPerBatch: 1
            }
          }
      deliveryWithResourceIdentity: empty(functionId)
        ? {
            identity: { type: 'SystemAssigned' }
            destination: {
              endpointType: 'StorageQueue'
              properties: {
                resourceId: hostAccountId
                queueName: queueName
                queueMessageTimeToLiveInSeconds: 604800
              }
            }
          }
        : null
      deadLetterWithResourceIdentity: {
        identity: { type: 'SystemAssigned' }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: {
            resourceId: hostAccountId
            blobContainerName: deadLetterContainerName
          }
        }
      }
      filter: {
        includedEventTypes: [
          'Microsoft.Storage.BlobCreated'
          'Microsoft.Storage.BlobDeleted'
          'Microsoft.Storage.BlobRenamed'
          'Microsoft.Storage.BlobTierChanged'
          'Microsoft.Storage.DirectoryDeleted'
          'Microsoft.Storage.DirectoryRenamed'
        ]
        subjectBeginsWith: part.subject
        isSubjectCaseSensitive: true
        // A hierarchical account tells of a file before it has content; FlushWithClose follows.
        advancedFilters: [{ operatorType: 'StringNotIn', key: 'data.api', values: ['CreateFile'] }]
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
    }
  }
]
