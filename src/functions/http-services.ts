import { randomBytes } from 'node:crypto';
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { compose } from './compose.js';
import { checkReady } from './http/check-ready.js';
import type { HttpServices } from './services.js';
import { createStartRun, lookAtRun } from './start-run.js';

let made: HttpServices | undefined;

/** What HTTP handlers work with in this process. Throws `ConfigError` like `compose`. */
export function httpServices(): HttpServices {
  made ??= makeServices();
  return made;
}

function makeServices(): HttpServices {
  const process = compose();
  const { config, activities } = process;
  const { clock } = activities;
  const state = process.openState({ requestId: 'tranship.api', onRequest: () => undefined });
  return {
    accounts: config.accounts,
    state,
    clock,
    randomBytes: (count) => randomBytes(count),
    startRun: (job, run, context) => createStartRun(df.getClient(context))(job, run),
    ready: (context) =>
      Promise.all([
        checkReady(clock, 'state', () => state.list('health/', undefined, 1)),
        checkReady(clock, 'orchestrations', () => askHub(context)),
      ]),
    identities: () => process.identities(),
    log: (event, fields) => {
      activities.log(event, fields);
    },
  };
}

/** Asks for an instance that never is: whoever knows that it is unknown can be asked. */
async function askHub(context: InvocationContext): Promise<void> {
  await lookAtRun(df.getClient(context), 'health', 0);
}
