import { CopyError, isCopyError } from '../../job/copy-error.js';
import { filesCapabilities } from '../capabilities.js';
import type { Capabilities, CopySource, DirectoryOptions, ListedObject, ListPage } from '../store.js';
import { readHeaders } from './file-headers.js';
import { listPage } from './list-page.js';
import type { ShareAccess } from './share-access.js';
import { exchange } from './wire.js';

/** What of a share reads and deletes. */
export class AzureShareReader {
  readonly account: string;
  readonly container: string;
  readonly capabilities: Capabilities;
  protected readonly access: ShareAccess;

  constructor(access: ShareAccess) {
    this.access = access;
    this.account = access.context.account;
    this.container = access.share;
    this.capabilities = { ...filesCapabilities, frozen: access.snapshot !== undefined };
  }

  listDirectory(options: DirectoryOptions): Promise<ListPage> {
    const { readSide: side } = this.access.context;
    return this.access.request({ action: 'list', side, signal: options.signal }, () =>
      listPage(this.access, options),
    );
  }

  /** By Get File Properties, or Get Directory Properties for a key that ends in `/`: all that there is to know. */
  async stat(key: string, { signal }: { readonly signal: AbortSignal }): Promise<ListedObject | undefined> {
    const { readSide: side } = this.access.context;
    try {
      return await this.access.request({ action: 'look', side, signal }, () =>
        key.endsWith('/') ? this.#directory(key, signal) : this.#file(key, signal),
      );
    } catch (error) {
      if (isCopyError(error) && error.status === 404 && error.code !== `${side}-container-not-found`) {
        return undefined;
      }
      throw error;
    }
  }

  source(key: string, etag: string): CopySource {
    return this.access.source(key, etag);
  }

  /** Azure Files deletes whatever bears the name: `etag` is not looked at. */
  async delete(key: string, _etag: string, signal: AbortSignal): Promise<{ readonly requestId: string }> {
    const { writeSide: side } = this.access.context;
    try {
      const reply = await this.access.request({ action: 'delete', side, signal }, () =>
        key.endsWith('/')
          ? this.access.directory(key).delete({ abortSignal: signal })
          : this.access.file(key).delete({ abortSignal: signal }),
      );
      return { requestId: reply.requestId ?? '' };
    } catch (error) {
      throw isCopyError(error) && error.status === 404 && error.code !== `${side}-container-not-found`
        ? new CopyError('destination-changed', 'delete: there is nothing any more', error.toJSON())
        : error;
    }
  }

  async #file(key: string, signal: AbortSignal): Promise<ListedObject> {
    const { reply, rawHeaders } = await exchange({}, () =>
      this.access.file(key).getProperties({ abortSignal: signal }),
    );
    return {
      key,
      sizeBytes: reply.contentLength ?? 0,
      etag: reply.etag ?? '',
      lastModified: reply.lastModified?.toISOString() ?? '',
      blobType: 'BlockBlob',
      ...readHeaders(rawHeaders),
    };
  }

  async #directory(key: string, signal: AbortSignal): Promise<ListedObject> {
    const { reply, rawHeaders } = await exchange({}, () =>
      this.access.directory(key).getProperties({ abortSignal: signal }),
    );
    const { metadata, smb } = readHeaders(rawHeaders);
    return {
      key,
      kind: 'directory',
      sizeBytes: 0,
      etag: reply.etag ?? '',
      lastModified: reply.lastModified?.toISOString() ?? '',
      blobType: 'BlockBlob',
      properties: {},
      metadata,
      smb,
    };
  }
}
