import { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { Pipeline } from '@azure/storage-blob';
import type { Account } from '../../job/account.js';
import { CopyError } from '../../job/copy-error.js';
import { encodeKey, isAddressable } from '../../job/encode-key.js';
import { serviceLimits } from '../../job/limits.js';
import type { Clock } from '../../runtime/clock.js';
import type { Side } from '../side.js';
import type { CopySource } from '../store.js';
import type { SourceAuthorisation } from './source-authorisation.js';
import { translateError } from './translate-error.js';

/** What every store of one account shares. */
export interface AccountContext {
  readonly account: Account;
  readonly pipeline: Pipeline;
  readonly sources: SourceAuthorisation;
  readonly clock: Clock;
  /** Side that refusals of reads and of writes name. */
  readonly readSide: Side;
  readonly writeSide: Side;
}

/** What one request is, for its error. */
export interface Action {
  readonly action: string;
  readonly side: Side;
  readonly tags?: boolean;
  readonly signal: AbortSignal;
}

/** One container's addresses, and the passage of each request through error translation. */
export class ContainerAccess {
  readonly context: AccountContext;
  readonly container: string;
  readonly client: ContainerClient;

  constructor(context: AccountContext, container: string) {
    this.context = context;
    this.container = container;
    this.client = new ContainerClient(`${context.account.blobEndpoint}/${container}`, context.pipeline);
  }

  /** Throws `name-not-addressable`. The SDK's own builder would resolve `a/../b` to `b`. */
  blob(key: string): BlockBlobClient {
    return new BlockBlobClient(this.#url(key), this.context.pipeline);
  }

  /** Throws `name-not-addressable`, `copy-source-too-long`. */
  source(key: string, etag: string): CopySource {
    const url = this.#url(key);
    if (Buffer.byteLength(url) > serviceLimits.copySourceUrlBytes) {
      throw new CopyError('copy-source-too-long', 'the URL of the copy source is over 2 KiB', {
        retryable: false,
      });
    }
    return { url, etag };
  }

  async request<T>(action: Action, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw translateError(error, { ...action, nowMs: this.context.clock.now() });
    }
  }

  #url(key: string): string {
    if (!isAddressable(key)) {
      throw new CopyError('name-not-addressable', 'no URL can carry this name', { retryable: false });
    }
    return `${this.context.account.blobEndpoint}/${this.container}/${encodeKey(key)}`;
  }
}
