import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { CliContext } from '../context.js';
import { badInput } from '../exit-codes.js';

/** How a command reaches the API; what is absent is looked for in the environment, then in `.tranship/local.json`. */
export interface ConnectionOptions {
  readonly apiUrl?: string;
  readonly apiKey?: string;
  readonly caFile?: string;
}

export interface Connection {
  /** Without a trailing slash. */
  readonly baseUrl: URL;
  readonly apiKey?: string;
  /** Bearer token for an app that asks for one. */
  readonly apiToken?: string;
  /** PEM of further certificate authorities. */
  readonly ca?: string;
}

const localFileSchema = z.object({
  apiUrl: z.string(),
  apiKey: z.string().optional(),
});

/**
 * Where the API is: flags, then TRANSHIP_API_URL, TRANSHIP_API_KEY, TRANSHIP_API_TOKEN and TRANSHIP_CA_FILE, then the local host's file.
 * The key of the local host goes only to the local host.
 */
export async function findConnection(options: ConnectionOptions, context: CliContext): Promise<Connection> {
  const environment = context.environment;
  const apiUrl = options.apiUrl ?? environment['TRANSHIP_API_URL'];
  const caFile = options.caFile ?? environment['TRANSHIP_CA_FILE'];
  const apiKey = options.apiKey ?? environment['TRANSHIP_API_KEY'];
  const local = apiUrl === undefined ? await readLocalFile(context) : undefined;
  const url = apiUrl ?? local?.apiUrl;
  if (url === undefined) {
    throw badInput(
      'Where is the API? There is no --api-url, no TRANSHIP_API_URL and no .tranship/local.json here.',
      'Give the URL of your function app, or start one on this machine with "tranship local".',
    );
  }
  const secrets = secretsOf(apiKey ?? local?.apiKey, environment['TRANSHIP_API_TOKEN']);
  return {
    baseUrl: checkedUrl(url, Object.keys(secrets).length > 0),
    ...secrets,
    ...(caFile === undefined ? {} : { ca: await readCa(resolve(context.workingDirectory, caFile)) }),
  };
}

function secretsOf(
  apiKey: string | undefined,
  apiToken: string | undefined,
): Pick<Connection, 'apiKey' | 'apiToken'> {
  return {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(apiToken === undefined || apiToken === '' ? {} : { apiToken }),
  };
}

async function readLocalFile(context: CliContext): Promise<z.infer<typeof localFileSchema> | undefined> {
  const path = join(context.workingDirectory, '.tranship', 'local.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw badInput('.tranship/local.json cannot be read.', 'Stop "tranship local" and start it again.');
  }
  try {
    return localFileSchema.parse(JSON.parse(text));
  } catch {
    throw badInput('.tranship/local.json is not what "tranship local" writes.', 'Start it again.');
  }
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw badInput(`The file ${path} of --ca-file cannot be read.`);
  }
}

/** True for names and addresses that never leave this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function checkedUrl(text: string, carriesKey: boolean): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw badInput('The URL of the API is not an http or https URL.');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw badInput('The URL of the API has a user, a query or a fragment.', 'Give a key as --api-key.');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw badInput(
      `http is only for this machine${carriesKey ? ', and the key or token would travel in clear' : ''}.`,
      'Use https.',
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}
