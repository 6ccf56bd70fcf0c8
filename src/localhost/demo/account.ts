import {
  BlobServiceClient,
  BlockBlobClient,
  StorageSharedKeyCredential,
  type BlobItem,
  type ContainerClient,
} from '@azure/storage-blob';
import { encodeKey } from '../../job/encode-key.js';
import type { LocalFile } from '../local-file.js';

/** A container of the emulated cloud, as any user's program reaches it: by account key, with the public SDK. */
export interface DemoContainer {
  readonly client: ContainerClient;
  /** The SDK's own `getBlockBlobClient('a/../b')` would address `b`. */
  blob(name: string): BlockBlobClient;
}

/** Opens a container of one account; no request is made. */
export function openContainer(file: LocalFile, accountName: string, container: string): DemoContainer {
  const account = file.accounts.find(({ name }) => name === accountName);
  if (account === undefined) {
    throw new Error(`The local cloud has no account ${accountName}.`);
  }
  const credential = new StorageSharedKeyCredential(account.name, account.key);
  const client = new BlobServiceClient(account.blobEndpoint, credential).getContainerClient(container);
  return {
    client,
    blob: (name) => new BlockBlobClient(`${client.url}/${encodeKey(name)}`, credential),
  };
}

/** Every object of a container by name, with metadata and tags. */
export async function listAll(container: DemoContainer): Promise<Map<string, BlobItem>> {
  const items = new Map<string, BlobItem>();
  for await (const item of container.client.listBlobsFlat({ includeMetadata: true, includeTags: true })) {
    items.set(item.name, item);
  }
  return items;
}

/** Runs `work` over all items, at most `width` at once; rejects with the first failure after the others have ended. */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      await work(next.value);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: width }, worker));
  for (const result of ended) {
    if (result.status === 'rejected') {
      throw result.reason;
    }
  }
}
