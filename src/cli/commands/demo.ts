import { dirname } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { createApiClient } from '../api/api-client.js';
import { createSender } from '../api/api-sender.js';
import { createTransport } from '../api/api-transport.js';
import type { CliContext } from '../context.js';
import { badInput, CliError, exitCodeOf, exitCodes } from '../exit-codes.js';
import { parseBoolean, parseWhole } from '../flags/flag-values.js';
import type { JobView } from '../views/job-view.js';
import { startLocalProcess, type LocalProcess } from '../local-process.js';
import { parseOutputForm, writeJob } from '../views/result.js';
import { watchJob } from '../watch.js';
import { placeArguments, startLocalHost, withPlace, type LocalReady } from './local.js';

type Options = Readonly<Record<string, string>>;

const eventSchema = z.union([
  z.object({ note: z.string() }),
  z.object({ done: z.string(), ok: z.boolean() }),
]);

/** Adds `tranship demo`, which `npm start` runs. `done` receives the exit code. */
export function addDemoCommand(
  program: Command,
  context: CliContext,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command('demo')
    .description(
      'a real job on this machine: about 6,000 files, one large object, odd names; no Azure needed',
    );
  withPlace(command)
    .option('--once <bool>', 'end after the job instead of staying up (default: false)')
    .option('--files <count>', 'how many files are uploaded (default: 6000)')
    .option('--large-mb <mebibytes>', 'size of the large object, a multiple of 8 (default: 400)')
    .option('--output <form>', 'text, or json: the final job as one line on standard output')
    .action(async (options: Options) => {
      done(await runDemo(options, context));
    });
}

async function runDemo(options: Options, context: CliContext): Promise<number> {
  const once = parseBoolean('--once', options['once'] ?? 'false');
  const form = parseOutputForm(options['output'] ?? 'text');
  const upload = uploadTask(options);
  const interrupted = new AbortController();
  const release = context.onInterrupt(() => {
    interrupted.abort();
  });
  const running: LocalProcess[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(running.map((process) => process.stop()));
  };
  interrupted.signal.addEventListener('abort', () => void stopAll(), { once: true });
  try {
    context.stderr.write('Starting an emulated cloud and the functions host...\n');
    const { local, ready } = await startLocalHost(
      ['--demo', ...placeArguments(options)],
      context,
      context.stderr,
    );
    running.push(local);
    const actor = startLocalProcess(
      'demo/main.js',
      ['--local-file', ready.localFile],
      {
        workingDirectory: context.workingDirectory,
        environment: { ...context.environment, NODE_EXTRA_CA_CERTS: ready.caFile },
      },
      context.stderr,
    );
    running.push(actor);
    const job = await uploadAndCopy(actor, ready, upload, context);
    const verified = await perform(actor, { do: 'verify' }, context);
    writeJob(job, form, context);
    if (!once && !interrupted.signal.aborted) {
      context.stderr.write(whatNext(job));
      await local.exited;
    }
    if (!verified || exitCodeOf(job.status) !== exitCodes.completed) {
      context.stderr.write(`Something went wrong: logs and state stay in ${dirname(ready.localFile)}\n`);
      return verified ? exitCodeOf(job.status) : exitCodes.failed;
    }
    local.send({ discard: true });
    return exitCodes.completed;
  } catch (error) {
    if (interrupted.signal.aborted) {
      return exitCodes.interrupted;
    }
    throw error;
  } finally {
    await stopAll();
    release();
  }
}

function uploadTask(options: Options): object {
  const files = parseWhole('--files', options['files'] ?? '6000', 0);
  const largeMebibytes = parseWhole('--large-mb', options['largeMb'] ?? '400', 8);
  if (largeMebibytes % 8 !== 0) {
    throw badInput('--large-mb takes a multiple of 8.');
  }
  return { do: 'upload', files, largeMebibytes };
}

async function uploadAndCopy(
  actor: LocalProcess,
  ready: LocalReady,
  upload: object,
  context: CliContext,
): Promise<JobView> {
  if (!(await perform(actor, upload, context))) {
    throw new CliError(exitCodes.failed, 'The files could not be uploaded to the emulated account.');
  }
  const endpoint = (name: string): string =>
    ready.accounts.find((account) => account.name === name)?.blobEndpoint ?? '';
  const connection = {
    baseUrl: new URL(ready.apiUrl),
    ...(ready.apiKey === undefined ? {} : { apiKey: ready.apiKey }),
  };
  const api = createApiClient(createSender(createTransport(connection), context, ready.apiUrl));
  const submitted = await api.submit(
    {
      source: `${endpoint('source')}/demo`,
      destination: `${endpoint('target')}/demo`,
      recursive: true,
      asSubdir: false,
      createContainers: true,
    },
    context.newId(),
  );
  context.stderr.write(`Job ${submitted.id} copies account source to account target, server side.\n`);
  return watchJob(api, submitted.id, context);
}

/** Has the actor do one thing, passes its notes on, and says whether it went well. */
async function perform(actor: LocalProcess, task: object, context: CliContext): Promise<boolean> {
  actor.send(task);
  for (;;) {
    const message = await actor.messages.next();
    if (message.done === true) {
      return false;
    }
    const event = eventSchema.parse(message.value);
    if ('done' in event) {
      return event.ok;
    }
    context.stderr.write(`${event.note}\n`);
  }
}

function whatNext(job: JobView): string {
  const { id, source, destination } = job;
  return `
Everything stays up until Ctrl-C. In a second terminal, in this folder, try:

  npx tranship jobs list
  npx tranship jobs report ${id} --outcome all | head
  npx tranship sync ${source ?? 'SRC'} ${destination ?? 'DST'}        # nothing left to do
  npx tranship sync ${source ?? 'SRC'} ${destination ?? 'DST'} --delete-destination=true --dry-run
  cat .tranship/local.json                 # endpoints and keys for any SDK, AzCopy or rclone
`;
}
