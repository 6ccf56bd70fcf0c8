import { z } from 'zod';
import type { Account } from '../job/account.js';
import { type EndpointWord, isSameAccount, readEndpoint } from './account-endpoint.js';
import { settingOf, type Environment } from './environment.js';

/** What the process is told by its environment; read once, at start. */
export interface Config {
  readonly environment: 'production' | 'development';
  readonly accounts: readonly Account[];
  /** Blob endpoint of the host account, without trailing slash. */
  readonly stateEndpoint: string;
  readonly stateContainer: string;
  /** How long a slice works, and when it gives up what hangs. */
  readonly sliceMs: number;
  readonly sliceAbortMs: number;
  /** How long a run may be silent before the timer asks whether it lives. */
  readonly deadAfterMs: number;
  /** Days after which the task hub forgets an orchestration that has ended, counted from its start; 0: at the next look. */
  readonly purgeAfterDays: number;
  /** How long a new job waits for a role that is missing to take effect; 0: not at all. */
  readonly propagationMs: number;
  /** Queue endpoint of the host account, without trailing slash. */
  readonly queueEndpoint: string;
  /** Queue of the host account that blob events arrive in; the trigger is bound to the setting itself. */
  readonly eventQueue: string;
  /** Endpoint of the Event Grid topic that takes events about finished jobs; absent: there is none. */
  readonly completionTopic?: string;
}

/** A setting that is missing or wrong: which one, and what to do. Never holds the setting's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly setting: string;

  constructor(setting: string, problem: string) {
    super(`${setting}: ${problem}`);
    this.setting = setting;
  }
}

const accountSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{3,24}$/),
  blobEndpoint: z.string(),
  fileEndpoint: z.string().optional(),
  listingOrder: z.enum(['utf8', 'utf16']).default('utf8'),
  sourceAuth: z.enum(['bearer', 'userDelegationSas']).optional(),
});

/** Reads and checks the settings. Throws `ConfigError`. */
export function readConfig(environment: Environment): Config {
  const kind = environment['TRANSHIP_ENVIRONMENT'] === 'development' ? 'development' : 'production';
  const development = kind === 'development';
  const accounts = readAccounts(environment, development);
  const stateEndpoint = checkEndpoint('AzureWebJobsStorage', hostEndpoint(environment), development);
  refuseHostAccount(accounts, stateEndpoint);
  const completionTopic = readTopic(environment, development);
  return {
    environment: kind,
    accounts,
    stateEndpoint,
    stateContainer: environment['TRANSHIP_STATE_CONTAINER'] ?? 'tranship',
    sliceMs: readMilliseconds(environment, 'TRANSHIP_SLICE_MS', 60_000),
    sliceAbortMs: readMilliseconds(environment, 'TRANSHIP_SLICE_ABORT_MS', 120_000),
    deadAfterMs: readMilliseconds(environment, 'TRANSHIP_DEAD_AFTER_MS', 60_000),
    purgeAfterDays: readDays(environment, 'TRANSHIP_PURGE_AFTER_DAYS', 30),
    propagationMs:
      environment['TRANSHIP_PROPAGATION_MS'] === '0'
        ? 0
        : readMilliseconds(environment, 'TRANSHIP_PROPAGATION_MS', 600_000),
    queueEndpoint: queueEndpoint(environment, stateEndpoint, development),
    eventQueue: readQueue(environment),
    ...(completionTopic === undefined ? {} : { completionTopic }),
  };
}

/** As the host has it; else beside the blob endpoint. */
function queueEndpoint(environment: Environment, stateEndpoint: string, development: boolean): string {
  const uri = settingOf(environment, 'AzureWebJobsStorage__queueServiceUri');
  const beside = stateEndpoint.replace(/^(https:\/\/[^./]+)\.blob\./, '$1.queue.');
  return uri === undefined ? beside : checkEndpoint('AzureWebJobsStorage', uri, development, 'queue');
}

function readQueue(environment: Environment): string {
  const setting = 'TRANSHIP_EVENT_QUEUE';
  const name = settingOf(environment, setting) ?? 'tranship-events';
  // The host appends `-poison`, and a name has 63 characters at most.
  if (/^[a-z0-9](?:-?[a-z0-9]){2,55}$/.test(name) && name.length <= 56) return name;
  throw new ConfigError(
    setting,
    'must name a storage queue: 3 to 56 lower-case letters, digits and single hyphens, such as tranship-events',
  );
}

/** The app sends it an Event Grid token, so it must be a topic of Azure. */
function readTopic(environment: Environment, development: boolean): string | undefined {
  const setting = 'TRANSHIP_COMPLETION_TOPIC';
  const endpoint = settingOf(environment, setting);
  const topic =
    /^https:\/\/[a-z0-9-]{3,50}\.[a-z0-9]+-\d+\.eventgrid\.azure\.(?:net|us|cn)(?::443)?\/api\/events$/i;
  const local = /^https?:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?\/[\w/-]*$/;
  if (endpoint === undefined || topic.test(endpoint) || (development && local.test(endpoint)))
    return endpoint;
  throw new ConfigError(
    setting,
    'must be the endpoint of an Event Grid topic, written like https://TOPIC.REGION-1.eventgrid.azure.net/api/events',
  );
}

function readMilliseconds(environment: Environment, setting: string, fallback: number): number {
  const text = environment[setting];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 100)
    throw new ConfigError(setting, 'must be a whole number of milliseconds, at least 100');
  return value;
}

function readDays(environment: Environment, setting: string, fallback: number): number {
  const text = settingOf(environment, setting);
  if (text === undefined) return fallback;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new ConfigError(setting, 'must be a whole number of days, from 0 to 9999');
}

/** It holds the keys of the app's functions, its queues and the state of every job: nothing to copy from or over. */
function refuseHostAccount(accounts: readonly Account[], stateEndpoint: string): void {
  const own = accounts.find(({ blobEndpoint, fileEndpoint = blobEndpoint }) =>
    [blobEndpoint, fileEndpoint].some((endpoint) => isSameAccount(endpoint, stateEndpoint)),
  );
  if (own !== undefined) {
    throw new ConfigError(
      'TRANSHIP_ACCOUNTS',
      `${own.name} is the host account of the app, which no job may read or write; remove it, and keep data in accounts of their own`,
    );
  }
}

function hostEndpoint(environment: Environment): string {
  const uri = environment['AzureWebJobsStorage__blobServiceUri'];
  if (uri !== undefined && uri !== '') return uri;
  const account = environment['AzureWebJobsStorage__accountName'];
  if (account !== undefined && account !== '') return `https://${account}.blob.core.windows.net`;
  throw new ConfigError(
    'AzureWebJobsStorage',
    'set AzureWebJobsStorage__blobServiceUri or AzureWebJobsStorage__accountName; job state is kept in the host account, by identity',
  );
}

function readAccounts(environment: Environment, development: boolean): readonly Account[] {
  const setting = 'TRANSHIP_ACCOUNTS';
  let value: unknown;
  try {
    value = JSON.parse(environment[setting] ?? '[]');
  } catch {
    throw new ConfigError(
      setting,
      'must be a JSON array of {name, blobEndpoint, fileEndpoint?, listingOrder?, sourceAuth?}',
    );
  }
  const parsed = z.array(accountSchema).safeParse(value);
  if (!parsed.success) throw new ConfigError(setting, z.prettifyError(parsed.error));
  const accounts = parsed.data.map(({ fileEndpoint, sourceAuth, ...account }) => ({
    ...account,
    ...(sourceAuth === undefined ? {} : { sourceAuth }),
    blobEndpoint: checkEndpoint(setting, account.blobEndpoint, development),
    ...(fileEndpoint === undefined
      ? {}
      : { fileEndpoint: checkEndpoint(setting, fileEndpoint, development, 'file') }),
  }));
  refuseTwins(setting, accounts);
  return accounts;
}

function refuseTwins(setting: string, accounts: readonly Account[]): void {
  for (const field of ['name', 'blobEndpoint', 'fileEndpoint'] as const) {
    const values = accounts.map((account) => account[field]).filter((value) => value !== undefined);
    if (new Set(values).size < values.length) {
      throw new ConfigError(setting, `two accounts have the same ${field}`);
    }
  }
}

function checkEndpoint(
  setting: string,
  text: string,
  development: boolean,
  word: EndpointWord = 'blob',
): string {
  const endpoint = readEndpoint(text, development, word);
  if (endpoint !== undefined) return endpoint;
  if (readEndpoint(text, true, word) === undefined) {
    throw new ConfigError(
      setting,
      `an endpoint must be the ${word} endpoint of an Azure storage account, written like https://account.${word}.core.windows.net`,
    );
  }
  throw new ConfigError(
    setting,
    'endpoints on this machine are for the local cloud only: they need TRANSHIP_ENVIRONMENT=development',
  );
}
