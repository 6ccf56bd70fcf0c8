import { ShareClient, ShareDirectoryClient, ShareFileClient } from '@azure/storage-file-share';
import type { Pipeline, ShareClientConfig } from '@azure/storage-file-share';
import { CopyError } from '../../job/copy-error.js';
import { encodeKey } from '../../job/encode-key.js';
import { fileNameProblem } from '../../job/file-name.js';
import type { Clock } from '../../runtime/clock.js';
import { copySourceUrl, requested, type ServiceRequest } from '../azure-blob/service-request.js';
import type { SourceAuthorisation } from '../azure-blob/source-authorisation.js';
import type { Side } from '../side.js';
import type { CopySource } from '../store.js';

/** What every share of one account shares. */
export interface FilesContext {
  readonly account: string;
  /** Azure Files endpoint without trailing slash. */
  readonly endpoint: string;
  readonly pipeline: Pipeline;
  readonly sources: SourceAuthorisation;
  readonly clock: Clock;
  readonly readSide: Side;
  readonly writeSide: Side;
}

/** Bearer access is granted only with the intent; a dot at the end of a name is part of it. */
export const clientConfig: ShareClientConfig = { fileRequestIntent: 'backup', allowTrailingDot: true };

/** One share's addresses, and the passage of each request through error translation. */
export class ShareAccess {
  readonly context: FilesContext;
  readonly share: string;
  /** The share as it is now: permissions are kept there. */
  readonly client: ShareClient;
  /** The share snapshot that is read instead; absent: the share as it is now. */
  readonly snapshot: string | undefined;

  constructor(context: FilesContext, share: string, snapshot?: string) {
    this.context = context;
    this.share = share;
    this.snapshot = snapshot;
    this.client = new ShareClient(`${context.endpoint}/${share}`, context.pipeline, clientConfig);
  }

  /** Throws `name-not-allowed`. */
  file(key: string): ShareFileClient {
    return new ShareFileClient(this.#url(key), this.context.pipeline, clientConfig);
  }

  /** A file that a source in Azure Files is copied to: that source's names may end in a dot, too. */
  copyTarget(key: string, source: CopySource): ShareFileClient {
    const config =
      source.service === 'files' ? { ...clientConfig, allowSourceTrailingDot: true } : clientConfig;
    return new ShareFileClient(this.#url(key), this.context.pipeline, config);
  }

  /** `path` is empty for the root, or ends in `/`. Throws `name-not-allowed`. */
  directory(path: string): ShareDirectoryClient {
    if (path === '') {
      const { client, snapshot } = this;
      return (snapshot === undefined ? client : client.withSnapshot(snapshot)).rootDirectoryClient;
    }
    return new ShareDirectoryClient(this.#url(path.slice(0, -1)), this.context.pipeline, clientConfig);
  }

  /** Throws `name-not-allowed`, `copy-source-too-long`. */
  source(key: string, etag: string): CopySource {
    return { url: copySourceUrl(this.#url(key)), etag, service: 'files' };
  }

  request<T>(request: ServiceRequest, send: () => Promise<T>): Promise<T> {
    return requested(request, this.context.clock, send);
  }

  #url(key: string): string {
    const problem = fileNameProblem(key);
    if (problem !== undefined) {
      throw new CopyError('name-not-allowed', `Azure Files takes no such name: ${problem}`, {
        retryable: false,
      });
    }
    const query = this.snapshot === undefined ? '' : `?sharesnapshot=${encodeURIComponent(this.snapshot)}`;
    return `${this.context.endpoint}/${this.share}/${key.split('/').map(encodeKey).join('/')}${query}`;
  }
}
