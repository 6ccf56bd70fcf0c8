// Shapes of the parameters that people fill in.

@export()
@description('A storage account that objects come from.')
type source = {
  @description('Name of the storage account; jobs name the account by it.')
  name: string
  @description('Resource group of the account.')
  resourceGroup: string
  @description('Subscription of the account; this one when absent.')
  subscriptionId: string?
  @description('Whether jobs use blobs of the account; they do when absent.')
  blobs: bool?
  @description('Containers the app may use; they must exist. The whole account when absent or empty.')
  containers: string[]?
  @description('Blob endpoint, for accounts with a DNS zone of their own; the usual address when absent.')
  blobEndpoint: string?
  @description('Whether jobs use Azure Files of the account, all its shares.')
  files: bool?
  @description('Files endpoint, for accounts with a DNS zone of their own; the usual address when absent.')
  fileEndpoint: string?
  @description('Whether jobs may read shares from share snapshots, and all shares of the account in one job. Needs files; a custom role is defined for it.')
  snapshots: bool?
  @description('Whether the network gets a private endpoint to the account. Needs vnetEnabled.')
  privateEndpoint: bool?
  @description('How destinations are let in to it: by the token, by a user delegation SAS, or by the one and then the other when absent.')
  sourceAuth: ('bearer' | 'userDelegationSas')?
  @description('Whether blob events of the account reach the app, for replication.')
  events: bool?
  @description('Name of the system topic that the account has already, with a system-assigned identity, in the group of the account; one is made when absent.')
  systemTopic: string?
}

@export()
@description('A storage account that objects go to.')
type destination = {
  @description('Name of the storage account; jobs name the account by it.')
  name: string
  @description('Resource group of the account.')
  resourceGroup: string
  @description('Subscription of the account; this one when absent.')
  subscriptionId: string?
  @description('Whether jobs use blobs of the account; they do when absent.')
  blobs: bool?
  @description('Containers the app may use; they must exist. The whole account when absent or empty.')
  containers: string[]?
  @description('Blob endpoint, for accounts with a DNS zone of their own; the usual address when absent.')
  blobEndpoint: string?
  @description('Whether jobs use Azure Files of the account, all its shares.')
  files: bool?
  @description('Files endpoint, for accounts with a DNS zone of their own; the usual address when absent.')
  fileEndpoint: string?
  @description('Whether the network gets a private endpoint to the account. Needs vnetEnabled.')
  privateEndpoint: bool?
  @description('Whether mirrors may delete here. Matters with useCustomRoles only: the built-in role always can.')
  allowDelete: bool?
}

@export()
@description('A system topic whose events the app takes. The deployment gives these; nobody fills them in.')
type eventTopic = {
  @description('Name of the system topic.')
  name: string
  @description('Name of the storage account.')
  account: string
  @description('Resource group of both.')
  resourceGroup: string
  @description('Subscription of both.')
  subscriptionId: string
  @description('Containers whose events are taken; all when empty.')
  containers: string[]
}
