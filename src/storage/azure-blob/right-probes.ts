import { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { encodeKey } from '../../job/encode-key.js';
import type { RightProbes } from '../store.js';
import type { AccountContext } from './container-access.js';
import { requested } from './service-request.js';

const dayMs = 24 * 3_600_000;

/** The probes of one account of the Blob service. Makes no request by itself. */
export function createRightProbes({ account, pipeline, clock, writeSide }: AccountContext): RightProbes {
  const endpoint = account.blobEndpoint;
  return {
    write: async (container, key, signal) => {
      const blob = new BlockBlobClient(`${endpoint}/${container}/${encodeKey(key)}`, pipeline);
      await requested({ action: 'write', side: writeSide, signal }, clock, () =>
        blob.setMetadata({}, { conditions: { ifMatch: '"0x0"' }, abortSignal: signal }),
      );
    },
    writeTags: async (container, key, signal) => {
      const blob = new BlockBlobClient(`${endpoint}/${container}/${encodeKey(key)}`, pipeline);
      // No object has this tag: where somebody has made the name, it keeps its tags.
      const conditions = { tagConditions: `"tranship-preflight" = 'never'` };
      await requested({ action: 'set tags', side: writeSide, tags: true, signal }, clock, () =>
        blob.setTags({}, { conditions, abortSignal: signal }),
      );
    },
    makeContainer: async (container, signal) => {
      const client = new ContainerClient(`${endpoint}/${container}`, pipeline);
      const conditions = { ifModifiedSince: new Date(clock.now() + dayMs) };
      await requested({ action: 'change container', side: writeSide, signal }, clock, () =>
        client.setMetadata({}, { conditions, abortSignal: signal }),
      );
    },
  };
}
