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
  @description('Containers the app may use; they must exist. The whole account when absent or empty.')
  containers: string[]?
  @description('Blob endpoint, for accounts with a DNS zone of their own; the usual address when absent.')
  blobEndpoint: string?
  @description('Whether the network gets a private endpoint to the account. Needs vnetEnabled.')
  privateEndpoint: bool?
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
  @description('Containers the app may use; they must exist. The whole account when absent or empty.')
  containers: string[]?
  @description('Blob endpoint, for accounts with a DNS zone of their own; the usual address when absent.')
  blobEndpoint: string?
  @description('Whether the network gets a private endpoint to the account. Needs vnetEnabled.')
  privateEndpoint: bool?
  @description('Whether mirrors may delete here. Matters with useCustomRoles only: the built-in role always can.')
  allowDelete: bool?
}
