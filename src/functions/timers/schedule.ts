import { randomBytes } from 'node:crypto';
import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { compose } from '../compose.js';
import { scheduleJobs } from '../schedule-jobs.js';
import { createStartRun } from '../start-run.js';

app.timer('schedule', {
  schedule: '0 * * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const { activities, config } = compose();
    const startRun = createStartRun(df.getClient(context));
    await scheduleJobs(
      {
        accounts: config.accounts,
        state: activities.openState({ requestId: 'tranship.schedule', onRequest: () => undefined }),
        clock: activities.clock,
        randomBytes: (count) => randomBytes(count),
        startRun,
        log: activities.log,
      },
      context,
    );
  },
});
