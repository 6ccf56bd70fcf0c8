import { CopyError, isCopyError } from '../../job/copy-error.js';
import { toReceipt } from './receipt.js';
import type { ByteRange, CopyReceipt, CopySource, FileSettings, FileTarget } from '../store.js';
import { metadataHeaders, smbHeaders, toFileHeaders } from './file-headers.js';
import { AzureShareReader } from './object-store.js';
import { exchange } from './wire.js';

/** A share that is written to. */
export class AzureFileTarget extends AzureShareReader implements FileTarget {
  createFile(
    key: string,
    sizeBytes: number,
    settings: FileSettings,
    signal: AbortSignal,
  ): Promise<CopyReceipt> {
    const file = this.access.file(key);
    return this.#write('create file', signal, settings, () =>
      file.create(sizeBytes, { fileHttpHeaders: toFileHeaders(settings), abortSignal: signal }),
    );
  }

  async putRangeFrom(
    key: string,
    source: CopySource,
    { offset, sizeBytes }: ByteRange,
    signal: AbortSignal,
  ): Promise<CopyReceipt> {
    const file = this.access.copyTarget(key, source);
    const { account: destination, sources, writeSide: side } = this.access.context;
    const operation = 'put range';
    const reply = await this.access.request({ action: 'authorise', side: 'source', signal }, () =>
      sources.send(source, { destination, operation }, signal, ({ url, authorization }) =>
        this.access.request({ action: operation, side, signal }, () =>
          file.uploadRangeFromURL(url, offset, offset, sizeBytes, {
            ...(authorization === undefined ? {} : { sourceAuthorization: authorization }),
            fileLastWrittenMode: 'Preserve',
            abortSignal: signal,
          }),
        ),
      ),
    );
    return toReceipt(reply);
  }

  setFile(key: string, settings: FileSettings, signal: AbortSignal): Promise<CopyReceipt> {
    const file = this.access.file(key);
    return this.#write('set file properties', signal, { ...settings, metadata: {} }, () =>
      file.setProperties({ fileHttpHeaders: toFileHeaders(settings), abortSignal: signal }),
    );
  }

  async listRanges(key: string, signal: AbortSignal): Promise<readonly ByteRange[]> {
    const file = this.access.file(key);
    const { readSide: side } = this.access.context;
    return this.access.request({ action: 'list ranges', side, signal }, async () => {
      const ranges: ByteRange[] = [];
      for await (const { start, end, isClear } of file.listRanges({ abortSignal: signal })) {
        if (!isClear) ranges.push({ offset: start, sizeBytes: end - start + 1 });
      }
      return ranges;
    });
  }

  async createDirectory(path: string, settings: FileSettings, signal: AbortSignal): Promise<boolean> {
    const directory = this.access.directory(path);
    try {
      await this.#write('create directory', signal, settings, () =>
        directory.create({ abortSignal: signal }),
      );
      return true;
    } catch (error) {
      if (isCopyError(error) && error.serviceCode === 'ResourceAlreadyExists') return false;
      throw error;
    }
  }

  setDirectory(path: string, settings: FileSettings, signal: AbortSignal): Promise<CopyReceipt> {
    const directory = this.access.directory(path);
    return this.#write('set directory properties', signal, { ...settings, metadata: {} }, () =>
      directory.setProperties({ abortSignal: signal }),
    );
  }

  async readPermission(permissionKey: string, signal: AbortSignal): Promise<string> {
    const { readSide: side } = this.access.context;
    const reply = await this.access.request({ action: 'get permission', side, signal }, () =>
      this.access.client.getPermission(permissionKey, { abortSignal: signal }),
    );
    return reply.permission;
  }

  async createPermission(descriptor: string, signal: AbortSignal): Promise<string> {
    const { writeSide: side } = this.access.context;
    const reply = await this.access.request({ action: 'create permission', side, signal }, () =>
      this.access.client.createPermission(descriptor, { abortSignal: signal }),
    );
    if (reply.filePermissionKey === undefined) {
      throw new CopyError('server-error', 'create permission: the answer has no key', { retryable: true });
    }
    return reply.filePermissionKey;
  }

  /** Times and names of metadata pass beside the SDK, which would round the ones and lower the others. */
  async #write(
    action: string,
    signal: AbortSignal,
    { smb, metadata }: FileSettings,
    send: () => Promise<Parameters<typeof toReceipt>[0]>,
  ): Promise<CopyReceipt> {
    const { writeSide: side } = this.access.context;
    const headers = { ...smbHeaders(smb), ...metadataHeaders(metadata) };
    const { reply } = await this.access.request({ action, side, signal }, () => exchange(headers, send));
    return toReceipt(reply);
  }
}
