import { app, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { releaseOver } from '../../activities/release-job.js';
import { superviseJobs } from '../supervise-jobs.js';
import { sendOutbox } from '../send-outbox.js';
import { compose } from '../compose.js';
import { createStartRun, lookAtRun } from '../start-run.js';

app.timer('supervise', {
  schedule: '*/30 * * * * *',
  extraInputs: [df.input.durableClient()],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const { activities, config, receivers } = compose();
    const { clock, log } = activities;
    const client = df.getClient(context);
    const state = activities.openState({ requestId: 'tranship.supervise', onRequest: () => undefined });
    await superviseJobs({
      deadAfterMs: config.deadAfterMs,
      tellsOfEnds: receivers.length > 0,
      state,
      release: (job) => releaseOver(activities, state, job),
      clock,
      startRun: createStartRun(client),
      lookAt: (job, run) => lookAtRun(client, job, run),
      log,
    });
    await sendOutbox({ state, clock, receivers, log });
  },
});
