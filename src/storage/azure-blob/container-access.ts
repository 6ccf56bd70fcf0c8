import { BlockBlobClient } from '@azure/storage-blob';
import type { Pipeline } from '@azure/storage-blob';
import type { Account } from '../../job/account.js';
import { CopyError } from '../../job/copy-error.js';
import { encodeKey, isAddressable } from '../../job/encode-key.js';
import type { Clock } from '../../runtime/clock.js';
import type { Side } from '../side.js';
import type { CopySource } from '../store.js';
import type { BlobReply, BlobRequest, Send } from './send.js';
import { copySourceUrl, requested, type ServiceRequest } from './service-request.js';
import type { AuthorisedSource, SourceAuthorisation, SourceUse } from './source-authorisation.js';

/** What every store of one account shares. */
export interface AccountContext {
  readonly account: Account;
  /** The SDK's way to the account, and the short one. */
  readonly pipeline: Pipeline;
  readonly send: Send;
  readonly sources: SourceAuthorisation;
  readonly clock: Clock;
  /** Side that refusals of reads and of writes name. */
  readonly readSide: Side;
  readonly writeSide: Side;
}

/** One container's addresses, and the passage of each request through error translation. */
export class ContainerAccess {
  readonly context: AccountContext;
  readonly container: string;
  readonly url: string;

  constructor(context: AccountContext, container: string) {
    this.context = context;
    this.container = container;
    this.url = `${context.account.blobEndpoint}/${container}`;
  }

  /** Throws `name-not-addressable`. */
  blob(key: string): BlockBlobClient {
    return new BlockBlobClient(this.blobUrl(key), this.context.pipeline);
  }

  /** Throws `name-not-addressable`, `copy-source-too-long`. */
  source(key: string, etag: string): CopySource {
    return { url: copySourceUrl(this.blobUrl(key)), etag };
  }

  request<T>(request: ServiceRequest, send: () => Promise<T>): Promise<T> {
    return requested(request, this.context.clock, send);
  }

  /**
   * One request that copies from `source`, pinned to its version and authorised anew; two where the service refuses the
   * first for its authorisation, see {@link SourceAuthorisation}. `build` gets the headers that name the source. The reply's
   * body is dropped.
   */
  async copy(
    operation: SourceUse['operation'],
    source: CopySource,
    options: Pick<ServiceRequest, 'tags' | 'signal'>,
    build: (from: Readonly<Record<string, string>>) => Pick<BlobRequest, 'url' | 'headers'>,
  ): Promise<BlobReply> {
    const { account, sources, send, writeSide: side } = this.context;
    const { signal } = options;
    const use = { destination: account.name, operation };
    const reply = await this.request({ action: 'authorise', side: 'source', signal }, () =>
      sources.send(source, use, signal, (from) =>
        this.request({ action: operation, side, ...options }, () =>
          send({ method: 'PUT', success: 201, signal, ...build(sourceHeaders(source, from)) }),
        ),
      ),
    );
    reply.body.resume();
    return reply;
  }

  /** Throws `name-not-addressable`. The SDK's own builder would resolve `a/../b` to `b`. */
  blobUrl(key: string): string {
    if (!isAddressable(key)) {
      throw new CopyError('name-not-addressable', 'no URL can carry this name', { retryable: false });
    }
    return `${this.url}/${encodeKey(key)}`;
  }
}

/** Azure Files takes no conditions on a copy source, and reads it for a bearer only with the intent. */
function sourceHeaders(
  { etag, service }: CopySource,
  { url, authorization }: AuthorisedSource,
): Readonly<Record<string, string>> {
  return {
    'x-ms-copy-source': url,
    ...(service === 'files' ? {} : { 'x-ms-source-if-match': etag }),
    ...(authorization === undefined ? {} : bearerHeaders(authorization, service)),
  };
}

function bearerHeaders(
  { scheme, value }: NonNullable<AuthorisedSource['authorization']>,
  service: CopySource['service'],
): Readonly<Record<string, string>> {
  return {
    'x-ms-copy-source-authorization': `${scheme} ${value}`,
    ...(service === 'files' ? { 'x-ms-file-request-intent': 'backup' } : {}),
  };
}
