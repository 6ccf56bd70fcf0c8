import type { Command } from 'commander';
import { createApiClient, type ApiClient } from '../api/api-client.js';
import { createSender } from '../api/api-sender.js';
import { createTransport } from '../api/api-transport.js';
import { findConnection, type ConnectionOptions } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { createPolicyClient, type PolicyClient } from '../api/policy-client.js';
import { parseOutputForm, type OutputForm } from '../views/result.js';

/** What every command that speaks to the API works with. */
export interface Session {
  readonly api: ApiClient;
  readonly policies: PolicyClient;
  readonly form: OutputForm;
  readonly context: CliContext;
}

interface SessionOptions extends ConnectionOptions {
  readonly output?: string;
  readonly outputType?: string;
}

/** Adds the options that say where the API is and how results are written. */
export function withSessionOptions(command: Command): Command {
  return withOwnHostOptions(command)
    .option('--api-url <url>', 'URL of the function app (or TRANSHIP_API_URL, or .tranship/local.json)')
    .option('--api-key <key>', 'function key of the app (better: TRANSHIP_API_KEY)')
    .option('--ca-file <file>', 'PEM of a further certificate authority (or TRANSHIP_CA_FILE)')
    .option('--output <form>', 'text, or json: one line on standard output (default: text)')
    .option('--output-type <form>', "AzCopy's word for --output");
}

/** Adds the options of a host of this machine. They are read before the command is: see `own-host.ts`. */
export function withOwnHostOptions(command: Command): Command {
  return command
    .option('--local', 'run the app on this machine for this command, with your own Azure sign-in')
    .option(
      '--identity <word>',
      'with --local: azure-cli, azure-powershell, environment, workload (default: azure-cli)',
    )
    .option('--state <directory>', 'with --local: folder that keeps the jobs (default: .tranship/own)');
}

/** Opens the API that the options name. */
export async function openSession(options: SessionOptions, context: CliContext): Promise<Session> {
  const form = parseOutputForm(options.output ?? options.outputType ?? 'text');
  const connection = await findConnection(options, context);
  const send = createSender(createTransport(connection), context, connection.baseUrl.href);
  return { api: createApiClient(send), policies: createPolicyClient(send), form, context };
}
