// Entry of the supervisor: `tranship local` and `tranship demo` start it; it can also be run by hand.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocal, type Local, type LocalOptions } from './local.js';
import { ownAccounts } from './own-accounts.js';
import { ownSettings } from './own-settings.js';
import { clearState } from './state-folder.js';

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    port: { type: 'string', default: '0' },
    restart: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    // For the demo: state of its own that begins empty.
    demo: { type: 'boolean', default: false },
    // For jobs between real accounts with a person's own sign-in: the accounts that a command names.
    own: { type: 'boolean', default: false },
    endpoint: { type: 'string', multiple: true, default: [] },
    identity: { type: 'string' },
  },
});

const usualDirectory = resolve('.tranship');
const usualState = values.demo ? join(usualDirectory, 'demo') : usualDirectory;
const stateDirectory = resolve(values.state ?? (values.own ? join(usualDirectory, 'own') : usualState));
const usualFile = join(usualDirectory, 'local.json');

let local: Local | undefined;
let ending: Promise<void> | undefined;
let discarding = false;

async function endAll(): Promise<void> {
  await local?.stop();
  if (discarding) {
    await clearState(stateDirectory);
  }
}

function end(exitCode: number): void {
  ending ??= endAll().then(
    () => process.exit(exitCode),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

function describe({ localJson }: Local): string {
  const endpoints = localJson.accounts.map(
    ({ name, blobEndpoint, fileEndpoint }) => `  ${name.padEnd(13)} ${blobEndpoint}  shares: ${fileEndpoint}`,
  );
  return [
    `API            ${localJson.apiUrl}/api`,
    `Accounts (keys are in local.json)`,
    ...endpoints,
    `Certificate    ${localJson.caFile}`,
    `Admin          ${localJson.adminUrl} (request journal, faults, roles)`,
    `Logs           ${join(stateDirectory, 'logs')}`,
    `Everything is also in ${join(stateDirectory, 'local.json')}`,
  ].join('\n');
}

/** What a job between real accounts needs beside the usual. */
function ownOptions(): Partial<LocalOptions> {
  if (!values.own) return {};
  const accounts = ownAccounts(stateDirectory, values.endpoint, process.env['TRANSHIP_ACCOUNTS']);
  const extraCaFile = process.env['NODE_EXTRA_CA_CERTS'];
  return {
    settings: ownSettings(accounts, values.identity, process.env),
    restartHost: true,
    localFiles: [],
    ...(extraCaFile === undefined ? {} : { extraCaFile }),
  };
}

async function run(): Promise<void> {
  local = await startLocal({
    stateDirectory,
    basePort: Number(values.port),
    strict: values.strict,
    restartHost: values.restart,
    fresh: values.demo,
    localFiles: stateDirectory === usualDirectory ? [] : [usualFile],
    log: (line) => {
      console.error(line);
    },
    ...ownOptions(),
  });
  console.log(describe(local));
  process.send?.({
    ready: { ...local.localJson, localFile: join(stateDirectory, 'local.json') },
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    end(0);
  });
}
process.on('message', (message: { readonly discard?: boolean }) => {
  // Whoever started us has no more use for what was stored; said before SIGTERM.
  discarding = message.discard === true;
});
// Whoever read what we print is gone, and with them whoever would stop us.
process.stdout.on('error', () => {
  end(1);
});
if (process.connected) {
  // Whoever started us is gone: nobody would ever stop us.
  process.on('disconnect', () => {
    end(0);
  });
}
run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  end(1);
});
