#!/bin/sh
# With eventDelivery=Function, event subscriptions are made after the app is there. azd runs this with the outputs of main.bicep.
set -eu
[ "${TRANSHIP_EVENT_DELIVERY:-Queue}" = Function ] || exit 0
az deployment sub create \
  --name "tranship-events-$AZURE_ENV_NAME" \
  --subscription "$AZURE_SUBSCRIPTION_ID" \
  --location "$AZURE_LOCATION" \
  --template-file infra/events.bicep \
  --parameters topics="$TRANSHIP_EVENT_TOPICS" \
  --parameters subscriptionName="$TRANSHIP_EVENT_SUBSCRIPTION" \
  --parameters functionId="$TRANSHIP_EVENT_FUNCTION_ID" \
  --parameters hostAccountId="$TRANSHIP_HOST_ACCOUNT_ID" \
  --output none
