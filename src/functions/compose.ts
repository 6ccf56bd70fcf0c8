import { FirstPage } from '../activities/first-page.js';
import type { ActivityServices, Caller } from '../activities/services.js';
import type { Receiver } from '../notify/receiver.js';
import { createTopicReceiver } from '../notify/topic.js';
import { createWebhookReceiver } from '../notify/webhook.js';
import { type AuthSettings, readAuthSettings } from '../runtime/auth-settings.js';
import { wallClock } from '../runtime/clock.js';
import { type Config, ConfigError, readConfig } from '../runtime/config.js';
import { type Credentials, createCredentials } from '../runtime/credential.js';
import { chooseIdentities } from '../runtime/identity-choice.js';
import { type IdentityStatus, showIdentities } from '../runtime/identity-status.js';
import { logEvent, type LogFields } from '../runtime/logger.js';
import { openAzureStateStore } from '../storage/azure-blob/state-store.js';
import { queueDepth } from '../storage/azure-queue/queue-depth.js';
import { openAccounts } from '../storage/open.js';
import { openSources } from '../storage/open-sources.js';
import type { Way } from '../storage/source-way.js';
import type { StateStore } from '../storage/state-store.js';
import { readCompletionWebhook } from './completion-webhook.js';

/** What the process is made of: settings, identity, stores. Read and made at the first use, then kept. */
export interface Process {
  readonly config: Config;
  readonly auth: AuthSettings;
  readonly credentials: Credentials;
  /** Who is told of jobs that have ended. */
  readonly receivers: readonly Receiver[];
  /** The function app, where the platform says which it is. */
  readonly app: { readonly name: string; readonly resourceGroup: string } | undefined;
  openState(caller: Caller): StateStore;
  /** Messages in the queue of events, about; null when that is not known. Does not throw. */
  queuedEvents(): Promise<number | null>;
  /** Who the app is, for each use; never a token. Does not throw. */
  identities(): Promise<readonly IdentityStatus[]>;
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

function receiversOf({ completionTopic }: Config, { app }: Credentials): readonly Receiver[] {
  const completionWebhook = readCompletionWebhook(process.env);
  return [
    ...(completionTopic === undefined ? [] : [createTopicReceiver(completionTopic, app)]),
    ...(completionWebhook === undefined ? [] : [createWebhookReceiver(completionWebhook)]),
  ];
}

function makeProcess(config: Config, auth: AuthSettings): Process {
  const choices = chooseIdentities(process.env);
  const credentials = createCredentials(choices, {
    environment: process.env,
    clock: wallClock,
    prompt: (message) => {
      logEvent('identity.sign-in', { message });
    },
  });
  const { accounts } = config;
  const client = { version: packageVersion, clock: wallClock };
  const onSwitch = (to: Way, use: LogFields): void => {
    logEvent(to === 'bearer' ? 'copy-source-by-token' : 'copy-source-by-sas', use);
  };
  const sources = openSources({ ...client, accounts, credential: credentials.source, onSwitch });
  const openState = ({ requestId, onRequest }: Caller): StateStore =>
    openAzureStateStore({
      ...client,
      credential: credentials.app,
      clientRequestId: requestId,
      onRequest,
      blobEndpoint: config.stateEndpoint,
      container: config.stateContainer,
    });
  const receivers = receiversOf(config, credentials);
  const activities: ActivityServices = {
    clock: wallClock,
    sliceMs: config.sliceMs,
    sliceAbortMs: config.sliceAbortMs,
    propagationMs: config.propagationMs,
    openAccounts: (side, { requestId, onRequest }) => {
      const credential = credentials[side];
      const open = openAccounts({
        ...client,
        credential,
        sources,
        clientRequestId: requestId,
        accounts,
        onRequest,
      });
      return ({ account, service }) => open(account, side, service);
    },
    openState,
    firstPage: new FirstPage(wallClock),
    tellsOfEnds: receivers.length > 0,
    log: logEvent,
  };
  return {
    config,
    receivers,
    auth,
    credentials,
    app: appOf(process.env),
    openState,
    queuedEvents: () => queueDepth(config.queueEndpoint, config.eventQueue, credentials.app),
    identities: () => showIdentities(choices, credentials, wallClock),
    activities,
  };
}

/** For the user agent. A test holds it equal to the version in package.json. */
const packageVersion = '0.1.0';
