import { randomBytes } from 'node:crypto';
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { isCopyError } from '../job/copy-error.js';
import type { Clock } from '../runtime/clock.js';
import { compose } from './compose.js';
import type { HttpServices, Readiness } from './services.js';
import { createStartRun, runIsAlive } from './start-run.js';

const checkMs = 5000;

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
        check(clock, 'state', () => state.list('health/', undefined, 1)),
        check(clock, 'orchestrations', () => askHub(context)),
      ]),
    log: (event, fields) => {
      activities.log(event, fields);
    },
  };
}

/** Asks for an instance that never is: whoever knows that it is unknown can be asked. */
async function askHub(context: InvocationContext): Promise<void> {
  await runIsAlive(df.getClient(context), 'health', 0);
}

/** Asks once, for a few seconds. */
async function check(clock: Clock, name: string, ask: () => Promise<unknown>): Promise<Readiness> {
  const over = new AbortController();
  try {
    const late = clock.sleep(checkMs, over.signal).then(() => Promise.reject(new Error('no answer in time')));
    await Promise.race([ask(), late]);
    return { name, ready: true };
  } catch (error) {
    const cause = isCopyError(error) ? error.code : 'no answer';
    return {
      name,
      ready: false,
      advice: `${cause}: see the log of the app, its identity's roles and its network.`,
    };
  } finally {
    over.abort(new Error('answered'));
  }
}
