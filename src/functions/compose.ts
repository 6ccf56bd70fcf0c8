import type { TokenCredential } from '@azure/identity';
import type { ActivityServices, Caller } from '../activities/services.js';
import { type AuthSettings, readAuthSettings } from '../runtime/auth-settings.js';
import { wallClock } from '../runtime/clock.js';
import { type Config, ConfigError, readConfig } from '../runtime/config.js';
import { createCredential } from '../runtime/credential.js';
import { logEvent } from '../runtime/logger.js';
import { openAzureStateStore } from '../storage/azure-blob/state-store.js';
import { openAccounts } from '../storage/open.js';
import type { StateStore } from '../storage/state-store.js';

/** What the process is made of: settings, identity, stores. Read and made at the first use, then kept. */
export interface Process {
  readonly config: Config;
  readonly auth: AuthSettings;
  readonly credential: TokenCredential;
  /** The function app, where the platform says which it is. */
  readonly app: { readonly name: string; readonly resourceGroup: string } | undefined;
  openState(caller: Caller): StateStore;
  readonly activities: ActivityServices;
}

let made: Process | undefined;

/** The composition root. Throws `ConfigError` for a faulty setting, at each call until it is mended by a restart. */
export function compose(): Process {
  made ??= makeProcess(readConfig(process.env), readAuthSettings(process.env));
  return made;
}

function appOf(environment: NodeJS.ProcessEnv): Process['app'] {
  const [name, resourceGroup] = [environment['WEBSITE_SITE_NAME'], environment['WEBSITE_RESOURCE_GROUP']];
  return name === undefined || resourceGroup === undefined ? undefined : { name, resourceGroup };
}

/**
 * Whether the host shall ask callers for a function key. Asked while functions are registered, when a faulty setting must
 * not fail the start: it then closes the door, and every call is answered with its reason.
 */
export function keyIsAsked(environment: Readonly<Record<string, string | undefined>>): boolean {
  try {
    return readAuthSettings(environment).kind === 'key';
  } catch (error) {
    if (error instanceof ConfigError) return true;
    throw error;
  }
}

function makeProcess(config: Config, auth: AuthSettings): Process {
  const credential = createCredential(config);
  const client = { credential, version: packageVersion, clock: wallClock };
  const openState = ({ requestId, onRequest }: Caller): StateStore =>
    openAzureStateStore({
      ...client,
      clientRequestId: requestId,
      onRequest,
      blobEndpoint: config.stateEndpoint,
      container: config.stateContainer,
    });
  const activities: ActivityServices = {
    clock: wallClock,
    sliceMs: config.sliceMs,
    sliceAbortMs: config.sliceAbortMs,
    propagationMs: config.propagationMs,
    openAccounts: (side, { requestId, onRequest }) => {
      const { accounts } = config;
      const open = openAccounts({ ...client, clientRequestId: requestId, accounts, onRequest });
      return (account) => open(account, side);
    },
    openState,
    log: logEvent,
  };
  return { config, auth, credential, app: appOf(process.env), openState, activities };
}

/** For the user agent. A test holds it equal to the version in package.json. */
const packageVersion = '0.1.0';
