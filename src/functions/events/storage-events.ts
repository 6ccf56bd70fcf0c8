import { app, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { replication } from '../replication.js';

/** Takes what a queue or Event Grid brings: one event, or a list of them. Fails only when it must come again. */
async function handle(message: unknown, context: InvocationContext): Promise<void> {
  const { replicator, within } = replication();
  await within(context, () => replicator.handle(message));
}

const extraInputs = [df.input.durableClient()];
// The setting is replaced by the host, which also makes the name of the poison queue.
const queue = { connection: 'AzureWebJobsStorage', extraInputs } as const;

app.storageQueue('queuedEvents', { ...queue, queueName: '%TRANSHIP_EVENT_QUEUE%', handler: handle });

// Messages that failed each time they came: kept where people and `retry` find them.
app.storageQueue('poisonedEvents', {
  ...queue,
  queueName: '%TRANSHIP_EVENT_QUEUE%-poison',
  handler: (message: unknown) => replication().replicator.keepPoisoned(message),
});

// The same events by a call of Event Grid, where a queue is not wanted.
app.eventGrid('storageEvents', {
  extraInputs,
  handler: (event: unknown, context: InvocationContext) => handle(event, context),
});
