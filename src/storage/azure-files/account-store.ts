import { ShareClient, ShareServiceClient } from '@azure/storage-file-share';
import { isCopyError } from '../../job/copy-error.js';
import { translateError } from '../azure-blob/translate-error.js';
import { blockRefusals } from '../refusals.js';
import type { AccountStore, ContainerStore } from '../store.js';
import { AzureFileTarget } from './file-target.js';
import { clientConfig, ShareAccess } from './share-access.js';
import type { Action, FilesContext } from './share-access.js';

/** The shares of one account of the table. Makes no request by itself. */
export class AzureFilesAccount implements AccountStore {
  readonly account: string;
  readonly #context: FilesContext;

  constructor(context: FilesContext) {
    this.account = context.account;
    this.#context = context;
  }

  container(name: string): ContainerStore {
    return Object.assign(new AzureFileTarget(new ShareAccess(this.#context, name)), blockRefusals);
  }

  async listContainers(
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly string[]; readonly next?: string }> {
    const { endpoint, pipeline, readSide: side } = this.#context;
    const pages = new ShareServiceClient(endpoint, pipeline, clientConfig)
      .listShares({ abortSignal: signal })
      .byPage(token === undefined ? {} : { continuationToken: token });
    const page = await this.#request({ action: 'list shares', side, signal }, () => pages.next());
    if (page.done === true) return { names: [] };
    const names = (page.value.shareItems ?? []).map((item) => item.name);
    const next = page.value.continuationToken;
    return next === '' ? { names } : { names, next };
  }

  async createContainer(name: string, signal: AbortSignal): Promise<boolean> {
    const { writeSide: side } = this.#context;
    try {
      await this.#request({ action: 'create share', side, signal }, () =>
        this.#share(name).create({ abortSignal: signal }),
      );
      return true;
    } catch (error) {
      if (isCopyError(error) && error.serviceCode === 'ShareAlreadyExists') return false;
      throw error;
    }
  }

  async containerExists(name: string, signal: AbortSignal): Promise<boolean> {
    const { readSide: side } = this.#context;
    try {
      await this.#request({ action: 'look for share', side, signal }, () =>
        this.#share(name).getProperties({ abortSignal: signal }),
      );
      return true;
    } catch (error) {
      if (isCopyError(error) && error.serviceCode === 'ShareNotFound') return false;
      throw error;
    }
  }

  #share(name: string): ShareClient {
    return new ShareClient(`${this.#context.endpoint}/${name}`, this.#context.pipeline, clientConfig);
  }

  async #request<T>(action: Action, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw translateError(error, { ...action, nowMs: this.#context.clock.now() });
    }
  }
}
