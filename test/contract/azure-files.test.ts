import { ShareServiceClient } from '@azure/storage-file-share';
import type { ShareFileClient } from '@azure/storage-file-share';
import { countedAccounts, startEmulatedCloud } from '../support/emulated-cloud.js';
import { fileStoreContract } from './file-contract.js';

fileStoreContract('Azure Files over TLS with a managed identity', async () => {
  const cloud = await startEmulatedCloud(['left', 'right']);
  const { open, requests } = countedAccounts(cloud);
  /** By the account's key: the test's own hands. */
  const fileOf = async (account: string, share: string, path: string): Promise<ShareFileClient> => {
    const client = new ShareServiceClient(cloud.fileEndpoint(account), cloud.sharedKey(account), {
      allowTrailingDot: true,
    }).getShareClient(share);
    let directory = client.rootDirectoryClient;
    const components = path.split('/');
    for (const component of components.slice(0, -1)) {
      directory = directory.getDirectoryClient(component);
      await directory.createIfNotExists();
    }
    return directory.getFileClient(components.at(-1) ?? '');
  };
  return {
    source: 'left',
    destination: 'right',
    open: (account, side) => open(account, side, 'files'),
    put: async (account, share, path, body) => {
      const file = await fileOf(account, share, path);
      await file.create(Buffer.byteLength(body));
      await file.uploadRange(body, 0, Buffer.byteLength(body));
    },
    content: async (account, share, path) =>
      (await (await fileOf(account, share, path)).downloadToBuffer()).toString(),
    putBlob: async (container, key, body) => {
      await cloud.owner('left').getContainerClient(container).createIfNotExists();
      await cloud.blob('left', container, key).upload(body, Buffer.byteLength(body));
      return open('left', 'source').container(container);
    },
    requests,
    close: () => cloud.stop(),
  };
});
