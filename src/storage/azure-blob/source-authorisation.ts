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

/** How the destination service may read a source on our behalf. Asked once for every attempt. */
export interface SourceAuthorisation {
  /** Throws `source-forbidden` for a source outside the configured accounts, before anything is sent. */
  authorise(source: CopySource, signal: AbortSignal): Promise<AuthorisedSource>;
}

const storageScope = 'https://storage.azure.com/.default';

/**
 * The managed identity's own token in `x-ms-copy-source-authorization`. One token serves every account. The credential
 * caches; asking for each attempt keeps long jobs from sending an expired one.
 */
export function bearerAuthorisation(
  credential: TokenCredential,
  accounts: readonly Account[],
): SourceAuthorisation {
  return {
    authorise: async (source, signal) => {
      if (!isConfiguredSource(source.url, accounts)) {
        throw new CopyError('source-forbidden', 'the copy source is not in a configured account', {
          retryable: false,
        });
      }
      const token = await credential.getToken(storageScope, { abortSignal: signal });
      if (token === null) {
        throw new CopyError('source-unauthenticated', 'the credential gave no token', { retryable: true });
      }
      return { url: source.url, authorization: { scheme: 'Bearer', value: token.token } };
    },
  };
}

/**
 * True when `url` lies below an endpoint of a configured account, over TLS. Whoever serves a copy source is handed a
 * storage token, so this is the one gate in front of it. An empty table allows nothing.
 */
export function isConfiguredSource(url: string, accounts: readonly Account[]): boolean {
  return (
    url.startsWith('https://') &&
    accounts.some(({ blobEndpoint, fileEndpoint }) =>
      [blobEndpoint, fileEndpoint].some(
        (endpoint) => endpoint !== undefined && url.startsWith(`${endpoint}/`),
      ),
    )
  );
}
