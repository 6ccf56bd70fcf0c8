import { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { isCopyError } from '../../job/copy-error.js';
import type { AccountStore, ContainerStore, RightProbes } from '../store.js';
import { fileRefusals, snapshotRefusals } from '../refusals.js';
import { proveDelegation } from '../delegation.js';
import { blobDelegation } from './blob-delegation.js';
import { AzureBlockStore } from './block-target.js';
import { ContainerAccess } from './container-access.js';
import type { AccountContext } from './container-access.js';
import { createRightProbes } from './right-probes.js';
import { requested, type ServiceRequest } from './service-request.js';

/** One storage account of the table. Makes no request by itself. */
export class AzureAccountStore implements AccountStore {
  readonly account: string;
  readonly probes: RightProbes;
  readonly createSnapshot = snapshotRefusals.createSnapshot;
  readonly listSnapshots = snapshotRefusals.listSnapshots;
  readonly deleteSnapshot = snapshotRefusals.deleteSnapshot;
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.account = context.account.name;
    this.probes = createRightProbes(context);
    this.#context = context;
  }

  container(name: string): ContainerStore {
    return Object.assign(new AzureBlockStore(new ContainerAccess(this.#context, name)), fileRefusals);
  }

  async listContainers(
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly string[]; readonly next?: string }> {
    const { account, pipeline, readSide: side } = this.#context;
    const pages = new BlobServiceClient(account.blobEndpoint, pipeline)
      .listContainers({ abortSignal: signal })
      .byPage(token === undefined ? {} : { continuationToken: token });
    const page = await this.#request({ action: 'list containers', side, signal }, () => pages.next());
    if (page.done === true) return { names: [] };
    const names = page.value.containerItems.map((item) => item.name);
    const next = page.value.continuationToken;
    return next === undefined || next === '' ? { names } : { names, next };
  }

  async createContainer(name: string, signal: AbortSignal): Promise<boolean> {
    const { writeSide: side } = this.#context;
    try {
      await this.#request({ action: 'create container', side, signal }, () =>
        this.#client(name).create({ abortSignal: signal }),
      );
      return true;
    } catch (error) {
      if (isCopyError(error) && error.serviceCode === 'ContainerAlreadyExists') return false;
      throw error;
    }
  }

  async containerExists(name: string, signal: AbortSignal): Promise<boolean> {
    const { readSide: side } = this.#context;
    try {
      await this.#request({ action: 'look for container', side, signal }, () =>
        this.#client(name).getProperties({ abortSignal: signal }),
      );
      return true;
    } catch (error) {
      if (isCopyError(error) && error.serviceCode === 'ContainerNotFound') return false;
      throw error;
    }
  }

  async delegate(signal: AbortSignal): Promise<void> {
    const { account, pipeline } = this.#context;
    await proveDelegation(blobDelegation(account.blobEndpoint, pipeline), this.#context, signal);
  }

  #client(name: string): ContainerClient {
    return new ContainerClient(`${this.#context.account.blobEndpoint}/${name}`, this.#context.pipeline);
  }

  #request<T>(request: ServiceRequest, send: () => Promise<T>): Promise<T> {
    return requested(request, this.#context.clock, send);
  }
}
