import type {
  Capabilities,
  CopyReceipt,
  CopySource,
  DirectoryOptions,
  ListedObject,
  ListOptions,
  ListPage,
  ObjectStore,
  WritePin,
  WriteSettings,
} from '../store.js';
import { CopyError, isCopyError } from '../../job/copy-error.js';
import { blobCapabilities } from '../capabilities.js';
import type { ContainerAccess } from './container-access.js';
import { listDirectoryPage, listPage } from './list-page.js';
import type { BlobReply } from './send.js';
import { hasEntries, toWriteHeaders } from './write-settings.js';

/** The core of a Blob container: lists, finds, copies whole objects, deletes. */
export class AzureObjectStore implements ObjectStore {
  readonly account: string;
  readonly container: string;
  readonly capabilities: Capabilities;
  protected readonly access: ContainerAccess;

  constructor(access: ContainerAccess) {
    const { account } = access.context;
    this.access = access;
    this.account = account.name;
    this.container = access.container;
    this.capabilities = blobCapabilities(account.listingOrder);
  }

  list(options: ListOptions): Promise<ListPage> {
    const tags = options.tags ?? false;
    const { readSide: side, send } = this.access.context;
    return this.access.request({ action: 'list', side, tags, signal: options.signal }, () =>
      listPage(send, this.access.url, options),
    );
  }

  listDirectory(options: DirectoryOptions): Promise<ListPage> {
    const tags = options.tags ?? false;
    const { readSide: side, send } = this.access.context;
    return this.access.request({ action: 'list', side, tags, signal: options.signal }, () =>
      listDirectoryPage(send, this.access.url, options),
    );
  }

  /** One request, more only when the service answers with an empty page that is not the last. */
  async stat(
    key: string,
    options: { readonly tags?: boolean; readonly signal: AbortSignal },
  ): Promise<ListedObject | undefined> {
    this.access.blobUrl(key);
    let token: string | undefined;
    do {
      const page = await this.list({
        ...options,
        prefix: key,
        limit: 1,
        ...(token === undefined ? {} : { token }),
      });
      const first = page.objects[0];
      if (first !== undefined) return first.key === key ? first : undefined;
      token = page.next;
    } while (token !== undefined);
    return undefined;
  }

  source(key: string, etag: string): CopySource {
    return this.access.source(key, etag);
  }

  async copyFrom(
    key: string,
    source: CopySource,
    pin: WritePin,
    settings: WriteSettings,
    signal: AbortSignal,
  ): Promise<CopyReceipt> {
    const url = this.access.blobUrl(key);
    const tags = hasEntries(settings.tags);
    const reply = await this.access.copy('put blob', source, { tags, signal }, (from) => ({
      url,
      headers: {
        ...from,
        ...toWriteHeaders(pin, settings),
        'x-ms-blob-type': 'BlockBlob',
        ...(settings.copyProperties ? {} : { 'x-ms-copy-source-blob-properties': 'false' }),
      },
    }));
    return receiptOf(reply);
  }

  async delete(key: string, etag: string, signal: AbortSignal): Promise<{ readonly requestId: string }> {
    const blob = this.access.blob(key);
    const { writeSide: side } = this.access.context;
    try {
      const reply = await this.access.request({ action: 'delete', side, signal }, () =>
        blob.delete({ conditions: { ifMatch: etag }, abortSignal: signal }),
      );
      return { requestId: reply.requestId ?? '' };
    } catch (error) {
      throw isCopyError(error) && error.status === 404 && error.code !== `${side}-container-not-found`
        ? goneAlready(error)
        : error;
    }
  }
}

/** Of a write whose reply tells what now stands. */
function receiptOf({ header }: BlobReply): CopyReceipt {
  const lastModified = header('last-modified');
  return {
    etag: header('etag') ?? '',
    requestId: header('x-ms-request-id') ?? '',
    lastModified: lastModified === undefined ? '' : new Date(lastModified).toISOString(),
  };
}

function goneAlready(error: CopyError): CopyError {
  return new CopyError('destination-changed', 'delete: the object is gone', {
    retryable: false,
    status: 404,
    ...(error.serviceCode === undefined ? {} : { serviceCode: error.serviceCode }),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
  });
}
