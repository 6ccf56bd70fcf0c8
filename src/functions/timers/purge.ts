import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { compose } from '../compose.js';
import { purgeInstances } from '../purge-instances.js';
import { purgeReplication } from '../purge-replication.js';
import { homeOf } from '../replication.js';

// Every hour, so that each call has little to do.
app.timer('purge', {
  schedule: '0 23 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const process = compose();
    const { activities, config } = process;
    const { clock, log } = activities;
    const state = activities.openState({ requestId: 'tranship.purge', onRequest: () => undefined });
    try {
      await purgeInstances({ client: df.getClient(context), clock, afterDays: config.purgeAfterDays, log });
    } finally {
      await purgeReplication({ state, clock, home: homeOf(process), log });
    }
  },
});
