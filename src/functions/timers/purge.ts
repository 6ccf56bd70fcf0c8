import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { compose } from '../compose.js';
import { purgeInstances } from '../purge-instances.js';

// Every hour, so that each call has little to do.
app.timer('purge', {
  schedule: '0 23 * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const { activities, config } = compose();
    const { clock, log } = activities;
    await purgeInstances({ client: df.getClient(context), clock, afterDays: config.purgeAfterDays, log });
  },
});
