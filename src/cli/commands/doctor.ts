import { Option, type Command } from 'commander';
import type { CliContext } from '../context.js';
import { badInput, exitCodes } from '../exit-codes.js';
import { transferFlags } from '../flags/flags.js';
import { formatPreflight } from '../views/preflight-view.js';
import { openSession, withSessionOptions } from './session.js';
import { buildRequest } from './transfer.js';

type Options = Readonly<Record<string, string>>;

/** Adds `tranship doctor`. `done` receives the exit code. */
export function addDoctorCommand(
  program: Command,
  context: CliContext,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command('doctor')
    .description('prove each right that a job needs, and print the command that mends what is missing')
    .argument('[src]', 'URL of an account, container, prefix or object')
    .argument('[dst]', 'URL of an account, container, prefix or object')
    .option('--job <id>', 'ask for a job that is there, instead of SRC and DST')
    .option('--policy <name>', 'ask for what a policy starts, instead of SRC and DST');
  for (const flag of transferFlags('sync')) {
    command.addOption(new Option(flag.usage, flag.description));
  }
  command.option('--list-of-files <file>', 'only the relative names in this file, one a line');
  withSessionOptions(command).action(
    async (src: string | undefined, dst: string | undefined, options: Options) => {
      const body = await bodyOf(src, dst, options, context);
      const session = await openSession(options, context);
      const view = await session.api.preflight(body);
      context.stdout.write(session.form === 'json' ? `${JSON.stringify(view)}\n` : formatPreflight(view));
      done(view.ok ? exitCodes.completed : exitCodes.failed);
    },
  );
}

async function bodyOf(
  src: string | undefined,
  dst: string | undefined,
  options: Options,
  context: CliContext,
): Promise<object> {
  const { job, policy } = options;
  const named = [...(job === undefined ? [] : [{ job }]), ...(policy === undefined ? [] : [{ policy }])];
  if (named[0] !== undefined && named.length === 1 && src === undefined) return named[0];
  if (named.length > 0 || src === undefined || dst === undefined) {
    throw badInput('doctor takes SRC and DST, or --job or --policy alone.', 'See "tranship doctor --help".');
  }
  return buildRequest('sync', src, dst, options, context);
}
