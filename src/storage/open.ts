import type { TokenCredential } from '@azure/identity';
import type { Account } from '../job/account.js';
import { CopyError } from '../job/copy-error.js';
import { wallClock } from '../runtime/clock.js';
import type { Clock } from '../runtime/clock.js';
import { AzureAccountStore } from './azure-blob/account-store.js';
import { countRequests, createPipeline } from './azure-blob/client.js';
import type { AccountContext } from './azure-blob/container-access.js';
import { createSend } from './azure-blob/send.js';
import type { SourceAuthorisation } from './azure-blob/source-authorisation.js';
import { AzureFilesAccount } from './azure-files/account-store.js';
import { createFilePipeline } from './azure-files/client.js';
import type { FilesContext } from './azure-files/share-access.js';
import { openSources } from './open-sources.js';
import type { Side } from './side.js';
import type { AccountStore } from './store.js';

export interface OpenAccountsOptions {
  /** The table; nothing outside it is ever called or named as a copy source. */
  readonly accounts: readonly Account[];
  readonly credential: TokenCredential;
  /** Begins every `x-ms-client-request-id`. */
  readonly clientRequestId: string;
  /** Called with the account's name once for each request as it leaves. */
  readonly onRequest: (account: string) => void;
  /** For the user agent. */
  readonly version?: string;
  readonly clock?: Clock;
  /** As `openSources` gives it for the credential, by default; shared, it learns once for all. */
  readonly sources?: SourceAuthorisation;
}

/**
 * Opens one account of the table. Refusals name `side`; without it, reads fail as the source's and writes as the
 * destination's, so a destination that is listed should be opened as `destination`.
 */
export type OpenAccount = (name: string, side?: Side, service?: 'files') => AccountStore;

/** Makes no request. The returned function throws `unexpected` for a name that is not in the table. */
export function openAccounts(options: OpenAccountsOptions): OpenAccount {
  const { version = '0', clock = wallClock } = options;
  const sources = options.sources ?? openSources({ ...options, version, clock });
  const ways = new Map(options.accounts.map((account) => [account.name, waysTo(account, options)]));
  return (name, side, service) => {
    const account = options.accounts.find((candidate) => candidate.name === name);
    const way = ways.get(name);
    if (account === undefined || way === undefined) {
      throw new CopyError('unexpected', `account ${name} is not configured`, { retryable: false });
    }
    const shared = {
      sources,
      clock,
      readSide: side ?? 'source',
      writeSide: side ?? 'destination',
    } as const;
    return service === 'files'
      ? openFiles(account, options, shared)
      : new AzureAccountStore({ ...shared, account, ...way });
  };
}

/** The SDK's way to an account and the short one, counted together. */
function waysTo(
  { name }: Account,
  { credential, clientRequestId, onRequest, version = '0' }: OpenAccountsOptions,
): Pick<AccountContext, 'pipeline' | 'send'> {
  const nextRequestId = countRequests({
    clientRequestId,
    onRequest: () => {
      onRequest(name);
    },
  });
  return {
    pipeline: createPipeline({ credential, version }, nextRequestId),
    send: createSend({ credential, version, nextRequestId }),
  };
}

function openFiles(
  account: Account,
  options: OpenAccountsOptions,
  shared: Pick<FilesContext, 'sources' | 'clock' | 'readSide' | 'writeSide'>,
): AccountStore {
  const { name, fileEndpoint } = account;
  if (fileEndpoint === undefined) {
    throw new CopyError('unexpected', `account ${name} has no fileEndpoint`, { retryable: false });
  }
  const pipeline = createFilePipeline({
    credential: options.credential,
    clientRequestId: options.clientRequestId,
    version: options.version ?? '0',
    onRequest: () => {
      options.onRequest(name);
    },
  });
  return new AzureFilesAccount({ ...shared, account: name, endpoint: fileEndpoint, pipeline });
}
