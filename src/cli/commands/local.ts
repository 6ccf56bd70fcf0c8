import type { Command } from 'commander';
import { z } from 'zod';
import type { CliContext, Output } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { parseBoolean, parseWhole } from '../flags/flag-values.js';
import { startLocalProcess, type LocalProcess } from '../local-process.js';

type Options = Readonly<Record<string, string>>;

const readySchema = z.object({
  ready: z.object({
    localFile: z.string(),
    apiUrl: z.string(),
    apiKey: z.string().optional(),
    caFile: z.string(),
    accounts: z.array(z.object({ name: z.string(), blobEndpoint: z.string() })),
  }),
});

/** What the local host says once it is ready. */
export type LocalReady = z.infer<typeof readySchema>['ready'];

/** Adds `tranship local`. `done` receives the exit code. */
export function addLocalCommand(
  program: Command,
  context: CliContext,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command('local')
    .description('run the function app and an emulated cloud on this machine, until Ctrl-C');
  withPlace(command)
    .option('--restart <bool>', 'start the functions host again when it dies (default: false)')
    .option('--strict <bool>', 'fail on what would hang or corrupt a job in Azure (default: false)')
    .action(async (options: Options) => {
      const args = [
        ...placeArguments(options),
        ...(parseBoolean('--restart', options['restart'] ?? 'false') ? ['--restart'] : []),
        ...(parseBoolean('--strict', options['strict'] ?? 'false') ? ['--strict'] : []),
      ];
      const local = startLocalProcess('main.js', args, context, context.stdout);
      const release = context.onInterrupt(() => void local.stop());
      done(await local.exited);
      release();
    });
}

/** Adds the options that say where state lies and which ports are taken. */
export function withPlace(command: Command): Command {
  return command
    .option('--state <directory>', 'folder for state, logs and emulated accounts')
    .option('--port <number>', 'first of the loopback ports (default: free ones)');
}

/** The options of {@link withPlace} as arguments of the local host. */
export function placeArguments(options: Options): string[] {
  const { state, port } = options;
  return [
    ...(state === undefined ? [] : ['--state', state]),
    ...(port === undefined ? [] : ['--port', String(parseWhole('--port', port, 1024))]),
  ];
}

/** Starts the local host and waits until it is ready. Throws a `CliError` when it ends before. */
export async function startLocalHost(
  args: readonly string[],
  context: CliContext,
  output: Output,
): Promise<{ readonly local: LocalProcess; readonly ready: LocalReady }> {
  const local = startLocalProcess('main.js', args, context, output);
  for (;;) {
    const message = await local.messages.next();
    if (message.done === true) {
      throw new CliError(
        exitCodes.refused,
        'The local host did not start.',
        'Its logs are in the state folder.',
      );
    }
    const parsed = readySchema.safeParse(message.value);
    if (parsed.success) {
      return { local, ready: parsed.data.ready };
    }
  }
}
