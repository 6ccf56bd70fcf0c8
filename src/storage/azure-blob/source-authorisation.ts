import type { TokenCredential } from '@azure/identity';
import type { HttpAuthorization } from '@azure/storage-blob';
import type { Account } from '../../job/account.js';
import { CopyError } from '../../job/copy-error.js';
import type { CopySource } from '../store.js';

/** A copy source as one request names it. Holds a secret: never stored, never logged. */
export interface AuthorisedSource {
  readonly url: string;
  readonly authorization?: HttpAuthorization;
}

/** One way in which the destination service may read a source on our behalf. Asked once for every attempt. */
export interface SourceStrategy {
  /** Throws `source-forbidden` for a source outside the configured accounts, before anything is sent. */
  authorise(source: CopySource, signal: AbortSignal): Promise<AuthorisedSource>;
}

/** Where a copy goes and by which request: what services may differ in when they are given a token for its source. */
export interface SourceUse {
  /** Name of the destination account in the table. */
  readonly destination: string;
  readonly operation: 'put blob' | 'put block' | 'put range';
}

/** How the destination service is let in to a source, by the one strategy or the other. */
export interface SourceAuthorisation {
  /**
   * Sends a request that names `source`. `send` throws `CopyError`; it is called a second time when the first refusal may be
   * of the token. Throws what it throws, `source-forbidden` as {@link SourceStrategy} does, `source-unauthenticated`, and
   * `source-delegation-refused`.
   */
  send<T>(
    source: CopySource,
    use: SourceUse,
    signal: AbortSignal,
    send: (from: AuthorisedSource) => Promise<T>,
  ): Promise<T>;
}

const storageScope = 'https://storage.azure.com/.default';

/**
 * The managed identity's own token in `x-ms-copy-source-authorization`. One token serves every account. The credential
 * caches; asking for each attempt keeps long jobs from sending an expired one.
 */
export function bearerAuthorisation(
  credential: TokenCredential,
  accounts: readonly Account[],
): SourceStrategy {
  return {
    authorise: async (source, signal) => {
      if (!isConfiguredSource(source.url, accounts)) throw foreignSource();
      const token = await credential.getToken(storageScope, { abortSignal: signal });
      if (token === null) {
        throw new CopyError('source-unauthenticated', 'the credential gave no token', { retryable: true });
      }
      return { url: source.url, authorization: { scheme: 'Bearer', value: token.token } };
    },
  };
}

/** The refusal of a source that lies in no configured account. */
export function foreignSource(): CopyError {
  return new CopyError('source-forbidden', 'the copy source is not in a configured account', {
    retryable: false,
  });
}

/** A copy source, and the configured account and service that it lies in. */
export interface PlacedSource {
  readonly account: Account;
  /** Absent: blob. */
  readonly service?: 'files';
  /** Of the service, without trailing slash. */
  readonly endpoint: string;
}

/**
 * The configured account whose endpoint `url` lies below, over TLS; else undefined. Whoever serves a copy source is handed a
 * storage token, so this is the one gate in front of it. An empty table allows nothing.
 */
export function placeSource(url: string, accounts: readonly Account[]): PlacedSource | undefined {
  if (!url.startsWith('https://')) return undefined;
  for (const account of accounts) {
    const { blobEndpoint, fileEndpoint } = account;
    if (url.startsWith(`${blobEndpoint}/`)) return { account, endpoint: blobEndpoint };
    if (fileEndpoint !== undefined && url.startsWith(`${fileEndpoint}/`)) {
      return { account, endpoint: fileEndpoint, service: 'files' };
    }
  }
  return undefined;
}

/** True when `url` may be named as a copy source; see {@link placeSource}. */
export function isConfiguredSource(url: string, accounts: readonly Account[]): boolean {
  return placeSource(url, accounts) !== undefined;
}
