# With eventDelivery=Function, event subscriptions are made after the app is there. azd runs this with the outputs of main.bicep.
$ErrorActionPreference = 'Stop'
if ($env:TRANSHIP_EVENT_DELIVERY -ne 'Function') { exit 0 }
# A file: the quotes of JSON do not survive the command line of Windows.
$file = Join-Path ([IO.Path]::GetTempPath()) "tranship-events-$env:AZURE_ENV_NAME.json"
@{
  '$schema' = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#'
  contentVersion = '1.0.0.0'
  parameters = @{
    topics = @{ value = @(ConvertFrom-Json $env:TRANSHIP_EVENT_TOPICS) }
    subscriptionName = @{ value = $env:TRANSHIP_EVENT_SUBSCRIPTION }
    functionId = @{ value = $env:TRANSHIP_EVENT_FUNCTION_ID }
    hostAccountId = @{ value = $env:TRANSHIP_HOST_ACCOUNT_ID }
  }
} | ConvertTo-Json -Depth 9 | Set-Content -Path $file
az deployment sub create --name "tranship-events-$env:AZURE_ENV_NAME" --subscription $env:AZURE_SUBSCRIPTION_ID --location $env:AZURE_LOCATION --template-file infra/events.bicep --parameters $file --output none
$code = $LASTEXITCODE
Remove-Item $file
exit $code
