import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { performDue } from '../../replicate/due-work.js';
import { replication } from '../replication.js';
import { startDueReconciles } from '../start-due-reconciles.js';

/** Work that is not begun by then is left to the next call. */
const workMs = 25_000;

app.timer('replicationDue', {
  schedule: '*/30 * * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const { replicator, services, starter, within } = replication();
    await within(context, async () => {
      await startDueReconciles(starter, context);
      await performDue(replicator, services, services.clock.now() + workMs);
    });
  },
});
