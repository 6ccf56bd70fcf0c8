import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { CliContext } from '../context.js';
import { badInput, CliError, exitCodeOf } from '../exit-codes.js';
import { parseBoolean } from '../flags/flag-values.js';
import { transferFlags } from '../flags/flags.js';
import type { JobRequestDraft } from '../flags/job-request.js';
import type { JobView } from '../views/job-view.js';
import { writeJob } from '../views/result.js';
import { statusText } from '../views/summary.js';
import type { TransferCommand } from '../flags/transfer-flag.js';
import { watchJob } from '../watch.js';
import { openSession, withSessionOptions, type Session } from './session.js';

type Options = Readonly<Record<string, string>>;

const descriptions: Readonly<Record<TransferCommand, string>> = {
  copy: 'copy objects, containers or a whole account, server side',
  sync: 'make DST reflect SRC; with --delete-destination=true also delete what SRC does not have',
};

/** Adds `tranship copy` or `tranship sync`. `done` receives the exit code. */
export function addTransferCommand(
  program: Command,
  name: TransferCommand,
  context: CliContext,
  done: (exitCode: number) => void,
): void {
  const command = program
    .command(name)
    .description(descriptions[name])
    .argument('<src>', 'URL of an account, container, prefix or object; the last segment may hold *')
    .argument('<dst>', 'URL of an account, container, prefix or object');
  for (const flag of transferFlags(name)) {
    command.addOption(new Option(flag.usage, flag.description));
  }
  command
    .option('--list-of-files <file>', 'only the relative names in this file, one a line')
    .option('--idempotency-key <key>', 'a repeated command with the same key gives the same job')
    .option('--wait <bool>', 'stay and show progress (default: true; --no-wait returns at once)');
  withSessionOptions(command).action(async (src: string, dst: string, options: Options) => {
    const request = await buildRequest(name, src, dst, options, context);
    const wait = parseBoolean('--wait', options['wait'] ?? 'true');
    const session = await openSession(options, context);
    const submitted = await submit(session, request, options, context);
    context.stderr.write(`Job ${submitted.id} is ${statusText(submitted)}.\n`);
    const job = wait ? await watchJob(session.api, submitted.id, context) : submitted;
    writeJob(job, session.form, context);
    done(exitCodeOf(job.status));
  });
}

async function submit(
  session: Session,
  request: JobRequestDraft,
  options: Options,
  context: CliContext,
): Promise<JobView> {
  try {
    return await session.api.submit(request, options['idempotencyKey'] ?? context.newId());
  } catch (error) {
    if (error instanceof CliError && error.field === 'recursive' && options['recursive'] === undefined) {
      // The API advises to leave the field out; the CLI always sends it, as AzCopy's default is not the API's.
      throw new CliError(error.exitCode, error.message, 'Add --recursive.', error.field);
    }
    throw error;
  }
}

/** The body of a job from the words and flags of a command. Throws `CliError`. */
export async function buildRequest(
  name: TransferCommand,
  src: string,
  dst: string,
  options: Options,
  context: CliContext,
): Promise<JobRequestDraft> {
  const request: JobRequestDraft = {
    source: checkedLocation('SRC', src),
    destination: checkedLocation('DST', dst),
    recursive: name === 'sync',
    asSubdir: name === 'copy',
  };
  for (const flag of transferFlags(name)) {
    const value = options[new Option(flag.usage).attributeName()];
    if (value !== undefined) {
      flag.apply(request, value);
    }
  }
  const list = options['listOfFiles'];
  if (list !== undefined) {
    request.listOfFiles = await readList(resolve(context.workingDirectory, list));
  }
  return request;
}

/**
 * A secret in a URL is refused here, before it can travel or be stored anywhere. The message never repeats it. Throws
 * `CliError`.
 */
export function checkedLocation(which: string, text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw badInput(
      `${which} is not a URL.`,
      'Give https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX; objects are copied between accounts only.',
    );
  }
  if (/[?]/.test(text)) {
    throw badInput(
      `${which} has a query: a SAS, a version or a snapshot.`,
      'Tranship reads and writes under the managed identity of the app. Remove the "?" and what follows; a "?" in a name is written %3F.',
    );
  }
  if (url.username !== '' || url.password !== '' || text.includes('#')) {
    throw badInput(`${which} has a user or a fragment.`, 'A "#" in a name is written %23.');
  }
  return text;
}

/** One unencoded relative name a line, in UTF-8; a byte order mark and empty lines are dropped. */
async function readList(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) throw badInput(`The file ${path} of --list-of-files cannot be read.`);
  const names = decodeList(path, bytes)
    .split(/\r?\n/)
    .filter((name) => name !== '');
  if (names.length === 0) {
    throw badInput(`The file ${path} of --list-of-files names nothing.`);
  }
  return names;
}

/** Bytes that are read otherwise than they were meant are names that nobody meant. */
function decodeList(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput(
      `The file ${path} of --list-of-files is not UTF-8.`,
      'Save it as UTF-8; in PowerShell with "Out-File -Encoding utf8".',
    );
  }
}
