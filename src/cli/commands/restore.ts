import { Option, type Command } from 'commander';
import type { CliContext } from '../context.js';
import { exitCodeOf } from '../exit-codes.js';
import { parseBoolean } from '../flags/flag-values.js';
import { transferFlags } from '../flags/flags.js';
import type { JobRequestDraft } from '../flags/job-request.js';
import { writeJob } from '../views/result.js';
import { statusText } from '../views/summary.js';
import { watchJob } from '../watch.js';
import { openSession, withSessionOptions } from './session.js';
import { checkedLocation } from './transfer.js';

type Options = Readonly<Record<string, string>>;

/** A backup is restored as the tree that it is. */
const restoreFlags = transferFlags('copy').filter(({ usage }) => !/^--(recursive|as-subdir)\b/.test(usage));

/** Adds `tranship restore`. `done` receives the exit code. */
export function addRestoreCommand(
  program: Command,
  context: CliContext,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command('restore')
    .description('bring back a backup of a policy, whole or in part')
    .argument('<policy>', 'name of the policy; see "tranship policy points"')
    .option('--point <id>', 'the backup (default: the newest good one)')
    .option('--destination <url>', 'where to (default: where it came from)');
  for (const flag of restoreFlags) command.addOption(new Option(flag.usage, flag.description));
  command
    .option('--idempotency-key <key>', 'a repeated command with the same key gives the same job')
    .option('--wait <bool>', 'stay and show progress (default: true; --no-wait returns at once)');
  withSessionOptions(command).action(async (policy: string, options: Options) => {
    const body = requestOf(options);
    const wait = parseBoolean('--wait', options['wait'] ?? 'true');
    const session = await openSession(options, context);
    const key = options['idempotencyKey'] ?? context.newId();
    const started = await session.policies.restore(policy, key, body);
    context.stderr.write(`Job ${started.id} is ${statusText(started)}.\n`);
    const job = wait ? await watchJob(session.api, started.id, context) : started;
    writeJob(job, session.form, context);
    done(exitCodeOf(job.status));
  });
}

function requestOf(options: Options): object {
  const draft: JobRequestDraft = { source: '', destination: '' };
  for (const flag of restoreFlags) {
    const value = options[new Option(flag.usage).attributeName()];
    if (value !== undefined) flag.apply(draft, value);
  }
  const { source: _source, destination: _destination, ...rest } = draft;
  const { point, destination } = options;
  return {
    ...rest,
    ...(point === undefined ? {} : { point }),
    ...(destination === undefined ? {} : { destination: checkedLocation('--destination', destination) }),
  };
}
