import { Command, CommanderError } from 'commander';
import { redact } from '../job/redact.js';
import { normalizeArguments } from './flags/arguments.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addJobsCommand } from './commands/jobs.js';
import { addLocalCommand } from './commands/local.js';
import { addLoginCommand } from './commands/login.js';
import { addPolicyCommand } from './commands/policy.js';
import { addRestoreCommand } from './commands/restore.js';
import { addTransferCommand } from './commands/transfer.js';
import { withOwnHostOptions } from './commands/session.js';
import type { CliContext } from './context.js';
import { CliError, exitCodes } from './exit-codes.js';
import { ownHostWords, withOwnHost } from './own-host.js';

const exitCodeHelp = `
Exit codes: 0 completed · 1 bad input, or the API refused · 2 completed with errors · 3 failed · 4 cancelled ·
  5 paused or awaiting approval · 6 API unreachable · 130 Ctrl-C (the job goes on)

The flags are AzCopy's where the meaning is the same. Two defaults differ: --overwrite is ifDifferent, and sync
compares lengths, MD5, times, metadata and tags, not times alone.`;

/**
 * Runs `tranship` with the words after the program's name and returns the exit code. Never throws: what went wrong is
 * one sentence on standard error.
 */
export async function runCli(words: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = exitCodes.completed;
  const done = (code: number): void => {
    exitCode = code;
  };
  try {
    const own = ownHostWords(words);
    if (own !== undefined) return await withOwnHost(own, context, runCli);
    await createProgram(context, done).parseAsync(normalizeArguments(words), { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, context);
  }
}

function createProgram(context: CliContext, done: (exitCode: number) => void): Command {
  const program = withOwnHostOptions(new Command('tranship'))
    .description('Server-side copies between cloud storage accounts, by a function app of your own.')
    // What stands behind a command is the command's: `tranship local` has a --state of its own.
    .enablePositionalOptions()
    .addHelpText('after', exitCodeHelp)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    });
  addTransferCommand(program, 'copy', context, done);
  addTransferCommand(program, 'sync', context, done);
  addDoctorCommand(program, context, done);
  addJobsCommand(program, context, done);
  addPolicyCommand(program, context, done);
  addRestoreCommand(program, context, done);
  addLoginCommand(program, context, done);
  addLocalCommand(program, context, done);
  addDemoCommand(program, context, done);
  return program;
}

function explain(error: unknown, context: CliContext): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.completed : exitCodes.refused;
  }
  if (error instanceof CliError) {
    context.stderr.write(
      redact(`${error.message}\n${error.advice === undefined ? '' : `${error.advice}\n`}`),
    );
    return error.exitCode;
  }
  context.stderr.write(
    redact(
      `Tranship met a fault of its own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    ),
  );
  return exitCodes.refused;
}
