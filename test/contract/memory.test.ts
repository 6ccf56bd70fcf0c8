import { createMemoryStateStore } from '../support/memory-state-store.js';
import { createMemoryCloud } from '../support/memory-store.js';
import { objectStoreContract } from './object-store-contract.js';
import { stateStoreContract } from './state-store-contract.js';

objectStoreContract('the memory cloud', () => {
  const cloud = createMemoryCloud();
  return Promise.resolve({
    source: 'left',
    destination: 'right',
    open: (account, side) => cloud.open(account, side),
    put: (account, container, key, { body, ...rest }) => {
      cloud
        .account(account)
        .put(container, key, { ...rest, content: body, sizeBytes: Buffer.byteLength(body) });
      return Promise.resolve();
    },
    content: (account, container, key) =>
      Promise.resolve(JSON.stringify(cloud.account(account).object(container, key)?.content)),
    requests: () => cloud.count(),
    close: () => Promise.resolve(),
  });
});

stateStoreContract('the memory state store', () =>
  Promise.resolve({ store: createMemoryStateStore(), close: () => Promise.resolve() }),
);
