import { z } from 'zod';
import type { Account } from '../job/account.js';

/** What the process is told by its environment; read once, at start. */
export interface Config {
  readonly environment: 'production' | 'development';
  readonly accounts: readonly Account[];
  /** Blob endpoint of the host account, without trailing slash. */
  readonly stateEndpoint: string;
  readonly stateContainer: string;
  /** Client id of a user-assigned identity; absent: system-assigned. */
  readonly clientId?: string;
  /** How long a slice works, and when it gives up what hangs. */
  readonly sliceMs: number;
  readonly sliceAbortMs: number;
  /** How long a new job waits for a role that is missing to take effect; 0: not at all. */
  readonly propagationMs: number;
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

type Environment = Readonly<Record<string, string | undefined>>;

const accountSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{3,24}$/),
  blobEndpoint: z.string(),
  listingOrder: z.enum(['utf8', 'utf16']).default('utf8'),
});

/** Reads and checks the settings. Throws `ConfigError`. */
export function readConfig(environment: Environment): Config {
  const kind = environment['TRANSHIP_ENVIRONMENT'] === 'development' ? 'development' : 'production';
  const development = kind === 'development';
  const clientId = environment['AZURE_CLIENT_ID'];
  return {
    environment: kind,
    accounts: readAccounts(environment, development),
    stateEndpoint: checkEndpoint('AzureWebJobsStorage', stateEndpoint(environment), development),
    stateContainer: environment['TRANSHIP_STATE_CONTAINER'] ?? 'tranship',
    ...(clientId === undefined || clientId === '' ? {} : { clientId }),
    sliceMs: readMilliseconds(environment, 'TRANSHIP_SLICE_MS', 60_000),
    sliceAbortMs: readMilliseconds(environment, 'TRANSHIP_SLICE_ABORT_MS', 120_000),
    propagationMs:
      environment['TRANSHIP_PROPAGATION_MS'] === '0'
        ? 0
        : readMilliseconds(environment, 'TRANSHIP_PROPAGATION_MS', 600_000),
  };
}

function readMilliseconds(environment: Environment, setting: string, fallback: number): number {
  const text = environment[setting];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 100)
    throw new ConfigError(setting, 'must be a whole number of milliseconds, at least 100');
  return value;
}

function stateEndpoint(environment: Environment): string {
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
    throw new ConfigError(setting, 'must be a JSON array of {name, blobEndpoint, listingOrder?}');
  }
  const parsed = z.array(accountSchema).safeParse(value);
  if (!parsed.success) throw new ConfigError(setting, z.prettifyError(parsed.error));
  const accounts = parsed.data.map((account) => ({
    ...account,
    blobEndpoint: checkEndpoint(setting, account.blobEndpoint, development),
  }));
  for (const field of ['name', 'blobEndpoint'] as const) {
    if (new Set(accounts.map((account) => account[field])).size < accounts.length) {
      throw new ConfigError(setting, `two accounts have the same ${field}`);
    }
  }
  return accounts;
}

/**
 * The source of a copy is handed a storage token, so an endpoint that is not Azure's would keep it: https without user
 * info, query or fragment; an IP address or a port only in development and only on loopback.
 */
function checkEndpoint(setting: string, endpoint: string, development: boolean): string {
  const text = endpoint.replace(/\/$/, '');
  const match = /^https:\/\/([^/@?#:]+)(:\d+)?((?:\/[a-z0-9-]+)?)$/.exec(text);
  if (match === null) {
    throw new ConfigError(setting, 'an endpoint must look like https://account.blob.core.windows.net');
  }
  const [, host = '', port, path] = match;
  const special = port !== undefined || path !== '' || /^[\d.]+$/.test(host) || !host.includes('.');
  if (special && !(development && (host === '127.0.0.1' || host === 'localhost'))) {
    throw new ConfigError(
      setting,
      'IP addresses, ports and path-style endpoints are for the local cloud only: they need TRANSHIP_ENVIRONMENT=development and a loopback host',
    );
  }
  return text;
}
