import { ShareClient, ShareServiceClient } from '@azure/storage-file-share';
import { CopyError, isCopyError } from '../../job/copy-error.js';
import { requested, type ServiceRequest } from '../azure-blob/service-request.js';
import { blockRefusals } from '../refusals.js';
import type { AccountStore, ContainerStore, OwnSnapshot } from '../store.js';
import { proveDelegation } from '../delegation.js';
import { fileDelegation } from './file-delegation.js';
import { AzureFileTarget } from './file-target.js';
import { clientConfig, ShareAccess } from './share-access.js';
import type { FilesContext } from './share-access.js';

/** Metadata of a snapshot: the id of the job that took it. */
const jobMark = 'transhipjob';

/** The shares of one account of the table. Makes no request by itself. */
export class AzureFilesAccount implements AccountStore {
  readonly account: string;
  readonly #context: FilesContext;

  constructor(context: FilesContext) {
    this.account = context.account;
    this.#context = context;
  }

  container(name: string, snapshot?: string): ContainerStore {
    const access = new ShareAccess(this.#context, name, snapshot);
    return Object.assign(new AzureFileTarget(access), blockRefusals);
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

  async createSnapshot(container: string, job: string, signal: AbortSignal): Promise<string> {
    const { readSide: side } = this.#context;
    const { snapshot } = await this.#request({ action: 'snapshot share', side, signal }, () =>
      this.#share(container).createSnapshot({ metadata: { [jobMark]: job }, abortSignal: signal }),
    );
    if (snapshot === undefined) {
      throw new CopyError('server-error', 'snapshot share: the answer has no time', { retryable: true });
    }
    return snapshot;
  }

  async listSnapshots(
    { prefix, token }: { readonly prefix: string; readonly token?: string },
    signal: AbortSignal,
  ): Promise<{ readonly snapshots: readonly OwnSnapshot[]; readonly next?: string }> {
    const { endpoint, pipeline, readSide: side } = this.#context;
    const pages = new ShareServiceClient(endpoint, pipeline, clientConfig)
      .listShares({ prefix, includeSnapshots: true, includeMetadata: true, abortSignal: signal })
      .byPage(token === undefined ? {} : { continuationToken: token });
    const page = await this.#request({ action: 'list snapshots', side, signal }, () => pages.next());
    if (page.done === true) return { snapshots: [] };
    const snapshots = (page.value.shareItems ?? []).flatMap(({ name, snapshot, metadata }) => {
      const job = metadata?.[jobMark];
      return snapshot === undefined || job === undefined ? [] : [{ container: name, time: snapshot, job }];
    });
    const next = page.value.continuationToken;
    return next === '' ? { snapshots } : { snapshots, next };
  }

  async deleteSnapshot(container: string, time: string, signal: AbortSignal): Promise<void> {
    // Without a time the same request would delete the share itself.
    if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time)) {
      throw new CopyError('unexpected', 'delete snapshot: not the time of a snapshot', { retryable: false });
    }
    const { readSide: side } = this.#context;
    try {
      await this.#request({ action: 'delete snapshot', side, signal }, () =>
        this.#share(container).withSnapshot(time).delete({ abortSignal: signal }),
      );
    } catch (error) {
      const isGone =
        isCopyError(error) && ['ShareSnapshotNotFound', 'ShareNotFound'].includes(error.serviceCode ?? '');
      if (!isGone) throw error;
    }
  }

  async delegate(signal: AbortSignal): Promise<void> {
    const { endpoint, pipeline } = this.#context;
    await proveDelegation(fileDelegation(endpoint, pipeline), this.#context, signal);
  }

  #share(name: string): ShareClient {
    return new ShareClient(`${this.#context.endpoint}/${name}`, this.#context.pipeline, clientConfig);
  }

  #request<T>(request: ServiceRequest, send: () => Promise<T>): Promise<T> {
    return requested(request, this.#context.clock, send);
  }
}
