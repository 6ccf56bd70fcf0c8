import { afterAll, beforeAll } from 'vitest';
import { openAzureStateStore } from '../../src/storage/azure-blob/state-store.js';
import { countedAccounts, startEmulatedCloud } from '../support/emulated-cloud.js';
import type { EmulatedCloud } from '../support/emulated-cloud.js';
import { objectStoreContract } from './object-store-contract.js';
import { stateStoreContract } from './state-store-contract.js';

// One cloud for both: the SDK keeps tokens in a cache of the process, and a second cloud would not accept them.
let cloud: EmulatedCloud;
beforeAll(async () => {
  cloud = await startEmulatedCloud(['left', 'right', 'host']);
});
afterAll(() => cloud.stop());

objectStoreContract('Azure Blob storage over TLS with a managed identity', () => {
  const { open, requests } = countedAccounts(cloud);
  return Promise.resolve({
    source: 'left',
    destination: 'right',
    open,
    put: async (account, container, key, object) => {
      const { contentType, contentEncoding, contentLanguage, cacheControl } = object.properties ?? {};
      await cloud.blob(account, container, key).upload(object.body, Buffer.byteLength(object.body), {
        blobHTTPHeaders: {
          ...(contentType === undefined ? {} : { blobContentType: contentType }),
          ...(contentEncoding === undefined ? {} : { blobContentEncoding: contentEncoding }),
          ...(contentLanguage === undefined ? {} : { blobContentLanguage: contentLanguage }),
          ...(cacheControl === undefined ? {} : { blobCacheControl: cacheControl }),
        },
        ...(object.metadata === undefined ? {} : { metadata: { ...object.metadata } }),
        ...(object.tags === undefined ? {} : { tags: { ...object.tags } }),
        ...(object.tier === undefined ? {} : { tier: object.tier }),
      });
    },
    content: async (account, container, key) =>
      (await cloud.blob(account, container, key).downloadToBuffer()).toString('base64'),
    requests,
    close: () => Promise.resolve(),
  });
});

stateStoreContract('the state container on Azure Blob storage', () => {
  const account = cloud.accounts.find(({ name }) => name === 'host');
  if (account === undefined) throw new Error('the cloud was started with it');
  const store = openAzureStateStore({
    blobEndpoint: account.blobEndpoint,
    container: 'tranship',
    credential: cloud.credential,
    clientRequestId: 'contract',
    version: '0.0.1',
    onRequest: () => undefined,
  });
  return Promise.resolve({ store, close: () => Promise.resolve() });
});
